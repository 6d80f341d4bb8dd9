//! The window: bevy desktop viewer and offscreen renderer.
//!
//! [`window::open`] shows a town and lets a planner close streets in it; [`render::render`] draws the same town into a picture.
//! One plugin per concern: [`town`] (what stands there), [`surface`] and [`lines`] (how it is colored), [`layers`] (what is shown), [`camera`], [`select`] (pointing),
//! [`show`] (results in the world), [`solve`] (computing in the background), [`routes`] (who drives over a street), [`journal`] (unsaved edits), [`story`] (what is told to a council), [`panel`] (words and buttons).

pub mod camera;
pub mod caption;
pub mod draft;
pub mod files;
pub mod gpu;
pub mod history;
pub mod journal;
pub mod kept;
pub mod layers;
pub mod lines;
pub mod model;
pub mod panel;
pub mod render;
pub mod routes;
pub mod select;
pub mod session;
pub mod show;
pub mod solve;
pub mod story;
pub mod surface;
pub mod town;
pub mod views;
pub mod window;
