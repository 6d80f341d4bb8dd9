//! Views that the planner keeps by number, beside the twin.

use std::path::{Path, PathBuf};

use twin::Findings;
use twin_io::scenario::story::{Viewpoint, read_views, write_views};
use twin_present::scene::Ground;

use crate::camera::Orbit;

/// The kept views, and where they are kept.
#[derive(Debug, Default)]
pub struct Views {
    /// By number, rising.
    pub kept: Vec<(u8, Viewpoint)>,
    /// Nothing for a town that is no file.
    file: Option<PathBuf>,
}

impl Views {
    /// The views beside a town.
    ///
    /// # Errors
    /// What is wrong with the file of views.
    pub fn beside(town: &Path) -> Result<Self, Findings> {
        let file = town.is_file().then(|| town.with_extension("views.toml"));
        let kept = file.as_deref().map_or_else(|| Ok(Vec::new()), read_views)?;
        Ok(Self { kept, file })
    }

    /// The view of a number.
    #[must_use]
    pub fn of(&self, number: u8) -> Option<Viewpoint> {
        self.kept.iter().find(|(known, _)| *known == number).map(|(_, view)| *view)
    }

    /// The first number from 1 to 9 without a view; the last one where all have one.
    #[must_use]
    pub fn free(&self) -> u8 {
        (1..=9).find(|number| self.of(*number).is_none()).unwrap_or(9)
    }

    /// Keeps a view under a number, in place of an older one.
    ///
    /// # Errors
    /// Where the file cannot be written; the view is kept until the window is closed.
    pub fn keep(&mut self, number: u8, view: Viewpoint) -> Result<(), Findings> {
        self.kept.retain(|(known, _)| *known != number);
        self.kept.push((number, view));
        self.kept.sort_by_key(|(known, _)| *known);
        self.file.as_deref().map_or(Ok(()), |file| write_views(&self.kept, file))
    }
}

/// Where a camera stands, in the coordinates of the twin.
#[must_use]
pub fn viewpoint(orbit: &Orbit, ground: &Ground) -> Viewpoint {
    let at = ground.local_from_view(orbit.focus.to_array());
    Viewpoint {
        azimuth_deg: f64::from(orbit.azimuth_rad.to_degrees()),
        pitch_deg: f64::from(orbit.pitch_rad.to_degrees()).clamp(5.0, 89.0),
        distance_m: f64::from(orbit.distance_m),
        at: Some([at.x, at.y]),
        plan: orbit.plan,
    }
}

/// The camera of a viewpoint; about the focus of another one where it names no place.
#[must_use]
pub fn orbit(view: &Viewpoint, ground: &Ground, other: &Orbit) -> Orbit {
    let about =
        view.at.map_or(*other, |[x, y]| Orbit::at(ground, twin::geo_types::Coord { x, y }, view.distance_m as f32));
    Orbit {
        azimuth_rad: (view.azimuth_deg as f32).to_radians(),
        pitch_rad: (view.pitch_deg as f32).to_radians(),
        distance_m: view.distance_m as f32,
        plan: view.plan,
        ..about
    }
}

#[cfg(test)]
mod tests {
    use twin::Silent;

    use super::*;

    #[test]
    fn a_kept_view_leads_back_to_where_the_camera_stood() {
        let options = twin_musterstadt::Options { population: 500, seed: 7 };
        let town = crate::render::town_of(twin_musterstadt::generate(&options, &Silent).expect("it can be made"));
        let ground = &town.scene.ground;
        let whole = Orbit::of_town(&town.scene);
        let stood = Orbit { azimuth_rad: 1.0, pitch_rad: 0.7, distance_m: 432.0, plan: true, ..whole };
        let again = orbit(&viewpoint(&stood, ground), ground, &whole);
        assert!(stood.focus.distance(again.focus) < 0.01 && (stood.azimuth_rad - again.azimuth_rad).abs() < 1e-5);
        assert_eq!((again.distance_m, again.plan), (432.0, true));
        let nowhere = Viewpoint { at: None, ..viewpoint(&stood, ground) };
        assert_eq!(orbit(&nowhere, ground, &whole).focus, whole.focus);
    }

    #[test]
    fn views_are_kept_beside_the_town_by_number() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let town = folder.path().join("town.gpkg");
        std::fs::write(&town, "").expect("the folder can be written to");
        let mut views = Views::beside(&town).expect("there are none yet");
        assert_eq!((views.free(), views.of(1)), (1, None));
        let view =
            Viewpoint { azimuth_deg: 10.0, pitch_deg: 40.0, distance_m: 500.0, at: Some([1.0, 2.0]), plan: false };
        views.keep(1, view).expect("the folder can be written to");
        views.keep(1, Viewpoint { distance_m: 700.0, ..view }).expect("the folder can be written to");
        let again = Views::beside(&town).expect("it was written");
        assert_eq!((again.kept.len(), again.of(1).map(|view| view.distance_m), again.free()), (1, Some(700.0), 2));
    }
}
