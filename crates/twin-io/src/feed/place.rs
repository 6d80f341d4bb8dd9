//! Works on the ground: from positions of a feed to a line along the streets of the town.
//!
//! A line is followed through the streets ([`crate::course`]), so that works drawn on another map lie on ours; what is
//! given by a few points (begin and end) takes the shortest way between them. Vehicles drive both ways on most streets, so
//! the direction of a line does not choose the street, but the line keeps it.

use geo::{Coord, Euclidean, InterpolateLine as _, Length as _};
use geo_types::LineString;
use twin::{
    Assumptions, Finding, Findings, Twin,
    road::{Direction, Modes, RoadLink},
};

use crate::{
    course::{Follower, Options, Stretch, sampled},
    project::{Projector, geodesic_length_m},
};

/// Farthest that a feed's line runs beside its street, metres: a carriageway's width and the error of two maps.
const RADIUS_M: f64 = 40.0;
/// Standard deviation of a feed's positions beside the axis of the street, metres.
const SIGMA_M: f64 = 10.0;
/// Scale of the difference between the way and the crow's way, metres (Newson and Krumm: a few metres).
const BETA_M: f64 = 5.0;
/// Distance of the positions at which a line is compared with the streets, metres.
const STEP_M: f64 = 20.0;
/// Beyond this distance from every street a work is outside the town, metres.
const NEAR_M: f64 = 250.0;
/// Shortest line, metres.
const SHORTEST_M: f64 = 0.5;

/// The town as works see it.
pub(super) struct Ground<'a> {
    twin: &'a Twin,
    projector: Projector,
    follower: Follower<'a>,
}

/// A work on the ground.
pub(super) struct Placed {
    /// Along the axes of streets, in the direction of the feed's line, in the twin's CRS.
    pub(super) line: LineString<f64>,
    pub(super) length_m: f64,
    /// Whether vehicles may drive there in the line's direction only.
    pub(super) one_way: bool,
    pub(super) findings: Vec<Finding>,
}

/// Why a work is not on the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Missing {
    NoPosition,
    NoLength,
    NoStreets,
    Outside { far_m: f64 },
    BesideStreets { far_m: f64 },
}

impl<'a> Ground<'a> {
    pub(super) fn new(twin: &'a Twin) -> Result<Self, Findings> {
        let projector = Projector::new(twin.crs.epsg)?;
        let options = Options {
            modes: Modes::CAR.union(Modes::TRUCK).union(Modes::BUS),
            directed: false,
            radius_m: RADIUS_M,
            sigma_m: SIGMA_M,
            beta_m: BETA_M,
            quickest: false,
        };
        Ok(Self { twin, projector, follower: Follower::new(twin, options) })
    }

    /// A work on the streets.
    pub(super) fn place(&self, shape: &super::event::Shape) -> Result<Placed, Missing> {
        if self.twin.roads.is_empty() {
            return Err(Missing::NoStreets);
        }
        let given = shape.positions();
        let as_given = self.local(given);
        // Latitude first: many feeds and tools do it, whatever the standard says.
        let swapped: Vec<Coord<f64>> = given.iter().map(|at| Coord { x: at.y, y: at.x }).collect();
        let (positions, mut findings) = match as_given {
            Some(positions) if self.nearest_m(&positions) <= NEAR_M => (positions, Vec::new()),
            other => match self.local(&swapped).filter(|positions| self.nearest_m(positions) <= NEAR_M) {
                Some(positions) => (positions, vec![swapped_finding()]),
                None => return Err(self.outside(given, other.as_deref())),
            },
        };
        let line = LineString(positions);
        let length_m = Euclidean.length(&line);
        let is_line = matches!(shape, super::event::Shape::Line(_));
        if line.0.len() > 1 && length_m < SHORTEST_M {
            return Err(Missing::NoLength);
        }
        if line.0.len() == 1 {
            return self.at_point(line.0[0], findings);
        }
        let positions = if is_line { sampled(&line, STEP_M) } else { line.0.clone() };
        let stretches = self.follower.follow(&positions);
        let longest = stretches
            .iter()
            .map(|stretch| (self.follower.axis(stretch), stretch))
            .map(|(axis, stretch)| (Euclidean.length(&axis), axis, stretch))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((placed_m, axis, stretch)) = longest.filter(|(placed_m, ..)| *placed_m >= SHORTEST_M) else {
            return Err(Missing::BesideStreets { far_m: self.nearest_m(&line.0) });
        };
        if is_line && placed_m < 0.8 * length_m {
            findings.push(
                Finding::warning(
                    "work-partly-on-streets",
                    format!("Of the {length_m:.0} m of the work, {placed_m:.0} m lie along streets of the town: only they are closed."),
                )
                .with_help("Nothing to do where it leaves the map; else check the line in the calendar."),
            );
        }
        Ok(Placed { line: axis, length_m: placed_m, one_way: self.is_one_way(stretch), findings })
    }

    /// A work that is given by one position: a short part of the street there.
    fn at_point(&self, at: Coord<f64>, mut findings: Vec<Finding>) -> Result<Placed, Missing> {
        let site_m = Assumptions::default().feed_point_length_m;
        let far_m = self.nearest_m(&[at]);
        let stretches = self.follower.follow(&[at]);
        let Some(stretch) = stretches.first() else { return Err(Missing::BesideStreets { far_m }) };
        let link_m = stretch.arcs.first().map_or(0.0, |arc| self.twin.roads.link(arc.link).length_m);
        let site = Stretch {
            from_m: (stretch.from_m - 0.5 * site_m).max(0.0),
            to_m: (stretch.from_m + 0.5 * site_m).min(link_m),
            ..stretch.clone()
        };
        let line = self.follower.axis(&site);
        let length_m = Euclidean.length(&line);
        if length_m < SHORTEST_M {
            return Err(Missing::NoLength);
        }
        findings.push(
            Finding::note(
                "point-without-length",
                format!("The work is given by one position: {length_m:.0} m of the street are taken."),
            )
            .with_help("Set the length in the calendar, or the assumption feed_point_length_m."),
        );
        Ok(Placed { line, length_m, one_way: self.is_one_way(stretch), findings })
    }

    /// How far away a work is: in the plane where that is true to length, on the ellipsoid else.
    fn outside(&self, wgs84: &[Coord<f64>], local: Option<&[Coord<f64>]>) -> Missing {
        const PLANE_M: f64 = 20_000.0;
        if let Some(far_m) = local.map(|positions| self.nearest_m(positions)).filter(|far_m| *far_m < PLANE_M) {
            return Missing::Outside { far_m };
        }
        let town =
            self.twin.roads.nodes().next().and_then(|(_, node)| self.projector.wgs84_from_local(node.position).ok());
        let on_earth = |at: &&Coord<f64>| at.x.abs() <= 180.0 && at.y.abs() <= 90.0;
        match (wgs84.iter().find(on_earth), town) {
            (Some(at), Some(town)) => Missing::Outside { far_m: geodesic_length_m(&[*at, town]) },
            _ => Missing::NoPosition,
        }
    }

    fn is_one_way(&self, stretch: &Stretch) -> bool {
        let drives = |link: &RoadLink, direction: Direction| {
            link.carriageway(direction).modes.intersects(Modes::CAR.union(Modes::TRUCK).union(Modes::BUS))
        };
        !stretch.arcs.is_empty()
            && stretch.arcs.iter().all(|arc| {
                let link = self.twin.roads.link(arc.link);
                drives(link, arc.direction) && !drives(link, arc.direction.reversed())
            })
    }

    /// Positions in the twin's CRS; nothing where one is unusable or there is none.
    fn local(&self, wgs84: &[Coord<f64>]) -> Option<Vec<Coord<f64>>> {
        if wgs84.is_empty() {
            return None;
        }
        wgs84.iter().map(|at| self.projector.local_from_wgs84(*at).ok()).collect()
    }

    /// Smallest distance of some positions of a line from a street, metres.
    fn nearest_m(&self, positions: &[Coord<f64>]) -> f64 {
        const MOST: usize = 64;
        let line = LineString(positions.to_vec());
        let along = (0..=MOST).filter_map(|step| {
            Euclidean.point_at_ratio_from_start(&line, step as f64 / MOST as f64).map(|point| point.0)
        });
        positions
            .iter()
            .copied()
            .step_by(1 + positions.len() / MOST)
            .chain(along)
            .filter_map(|at| self.follower.distance_m(at))
            .fold(f64::INFINITY, f64::min)
    }
}

fn swapped_finding() -> Finding {
    Finding::note("axes-swapped", "Longitude and latitude stand the wrong way round; they were exchanged.")
        .with_help("Tell the publisher of the feed.")
}
