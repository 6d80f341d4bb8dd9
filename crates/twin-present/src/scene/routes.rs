//! Routes over one section before and with a scenario: a share per street, classes with colors, and bands.

use twin::{
    Id, Twin,
    road::{Arc, Direction, RoadLink},
};

use super::{
    Bilingual, Class, FeatureIds, Ground, Legend, MeshData, Paint,
    paint::{change_colors, street_band},
    street::node_lifts,
};

/// Streets with less than this share of the strongest one are not drawn.
const LEAST_SHARE: f64 = 0.01;

/// Where the trips drive that are looked at, by arc ([`Arc::index`]), vehicles per hour.
#[derive(Clone, Copy, Debug)]
pub struct RouteVolumes<'a> {
    /// Before.
    pub base: &'a [f64],
    /// With the scenario.
    pub with: &'a [f64],
}

impl RouteVolumes<'_> {
    /// Volumes of both directions of a section, before and with the scenario.
    fn of(&self, link: Id<RoadLink>) -> [f64; 2] {
        let sum = |column: &[f64]| -> f64 {
            Direction::BOTH.iter().filter_map(|&direction| column.get(Arc::new(link, direction).index())).sum()
        };
        [sum(self.base), sum(self.with)]
    }

    /// The greatest volume anywhere; at least so much that nothing is divided by nothing.
    fn greatest(&self, twin: &Twin) -> f64 {
        twin.roads.links().flat_map(|(id, _)| self.of(id)).fold(1e-9, f64::max)
    }
}

/// How a section is used: from −1 (only before) over 0 (as before) to 1 (only with the scenario).
fn balance([base, with]: [f64; 2]) -> f64 {
    (with - base) / base.max(with).max(1e-12)
}

/// The balance of every section on which these trips drive noticeably.
#[must_use]
pub fn paint_routes(twin: &Twin, ids: FeatureIds, volumes: RouteVolumes<'_>) -> Paint {
    let mut paint = Paint::empty(ids);
    let least = LEAST_SHARE * volumes.greatest(twin);
    for (id, _) in twin.roads.links() {
        let both = volumes.of(id);
        paint.set(ids.road(id), (both[0].max(both[1]) >= least).then(|| balance(both)));
    }
    paint
}

/// The legend of [`paint_routes`].
#[must_use]
pub fn routes_legend() -> Legend {
    let [only_before, fewer, same, more, only_after] = change_colors();
    let class = |from: f32, color: [u8; 3], hatched: bool, de: &str, en: &str| Class {
        from,
        color,
        hatched,
        label: Bilingual::new(de, en),
    };
    Legend {
        title: Bilingual::new("Routen über den Abschnitt", "Routes over the section"),
        unit: Bilingual::new("dieselben Fahrten vorher und nachher", "the same trips before and after"),
        classes: vec![
            class(f32::MIN, only_before, true, "nur vorher", "only before"),
            class(-0.9, fewer, true, "nachher weniger", "fewer after"),
            class(-0.1, same, false, "wie vorher", "as before"),
            class(0.1, more, false, "nachher mehr", "more after"),
            class(0.9, only_after, false, "nur nachher", "only after"),
        ],
    }
}

/// Bands over the streets on which these trips drive, the widest where most of them do.
#[must_use]
pub fn route_bands(twin: &Twin, ground: &Ground, ids: FeatureIds, volumes: RouteVolumes<'_>) -> MeshData {
    /// Half width of the widest and of the narrowest band, metres.
    const HALF_M: [f64; 2] = [12.0, 3.0];
    let mut mesh = MeshData::default();
    let lifts = node_lifts(twin);
    let greatest = volumes.greatest(twin);
    for (id, _) in twin.roads.links() {
        let [base, with] = volumes.of(id);
        let share = base.max(with) / greatest;
        if share >= LEAST_SHARE {
            let half_m = HALF_M[1] + (HALF_M[0] - HALF_M[1]) * share.sqrt();
            street_band(&mut mesh, (twin, ground, ids), id, half_m, &lifts);
        }
    }
    mesh
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_and_what_is_new_stand_at_the_two_ends_of_the_legend() {
        let legend = routes_legend();
        let class = |both: [f64; 2]| legend.class(balance(both) as f32);
        assert_eq!([[80.0, 0.0], [80.0, 40.0], [80.0, 79.0], [40.0, 80.0], [0.0, 80.0]].map(class), [0, 1, 2, 3, 4]);
        assert!(legend.classes.windows(2).all(|pair| pair[0].from < pair[1].from));
    }

    #[test]
    fn streets_that_hardly_anybody_of_them_uses_are_left_out() {
        let twin = super::super::tests::town(false);
        let ids = FeatureIds::of(&twin);
        let mut base = vec![0.0; 2 * twin.roads.n_links()];
        let mut with = base.clone();
        (base[0], with[2], with[4]) = (200.0, 150.0, 1.5);
        let volumes = RouteVolumes { base: &base, with: &with };
        let paint = paint_routes(&twin, ids, volumes);
        let shown: Vec<bool> = (0..3).map(|link| paint.shown[ids.road(Id::new(link)) as usize]).collect();
        assert_eq!(shown, [true, true, false]);
        assert_eq!(paint.values[ids.road(Id::new(0)) as usize], -1.0);
        let ground = super::super::build(&twin, &super::super::SceneOptions::default()).ground;
        assert!(!route_bands(&twin, &ground, ids, volumes).is_empty());
    }
}
