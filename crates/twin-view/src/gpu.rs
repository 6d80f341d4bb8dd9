//! The graphics card, or the software that stands in for it.

use bevy::{
    render::settings::{Backends, WgpuSettings},
    tasks::block_on,
};
use twin::Finding;

/// Vulkan, Metal or Direct3D 12: OpenGL lacks the storage buffers that the colors come from. `WGPU_BACKEND` overrides.
fn backends() -> Backends {
    Backends::from_env().unwrap_or(Backends::PRIMARY)
}

/// How the renderer is set up.
pub fn settings() -> WgpuSettings {
    WgpuSettings { backends: Some(backends()), ..WgpuSettings::default() }
}

/// Looks for something that can draw, before anything is set up.
///
/// # Errors
/// A finding that says what to install, where there is nothing.
pub fn check() -> Result<(), Finding> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: backends(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).map(|_| ()).map_err(|error| {
        Finding::error("no-graphics", format!("no Vulkan, Metal or Direct3D 12 driver was found ({error})")).with_help(
            "on a machine without graphics card install Mesa's software Vulkan (Debian, Ubuntu: apt install mesa-vulkan-drivers; \
             Fedora: dnf install mesa-vulkan-drivers)",
        )
    })
}
