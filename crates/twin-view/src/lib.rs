//! The window: bevy desktop viewer and offscreen renderer.
