//! Cross-sections: lanes, width, speed and surface of a street by its class, role and quarter.

use twin::road::{Modes, RoadClass};

use crate::{
    draft::{Role, StreetLine},
    quarter::Quarter,
};

/// What a section of street is like, both directions alike.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dressing {
    /// Lanes per direction.
    pub(crate) lanes: u8,
    /// One lane for both directions.
    pub(crate) shared_lane: bool,
    /// Between kerbs, metres.
    pub(crate) width_m: f64,
    /// From the axis to the building line, metres.
    pub(crate) clear_m: f64,
    pub(crate) speed_kmh: f64,
    pub(crate) modes: Modes,
    pub(crate) surface: &'static str,
    pub(crate) built_up: bool,
}

/// The cross-section of a street line, after RASt 06 (typical sections) and RAL 2012 (outside towns).
pub(crate) fn dressing(line: &StreetLine, population: u32) -> Dressing {
    let city = population >= 100_000;
    let plain = Dressing {
        lanes: 1,
        shared_lane: false,
        width_m: 5.5,
        clear_m: 5.6,
        speed_kmh: 30.0,
        modes: Modes::ALL,
        surface: "asphalt",
        built_up: true,
    };
    if line.role == Role::Rural {
        let width_m = if line.class == RoadClass::Primary { 7.5 } else { 6.5 };
        return Dressing { width_m, clear_m: 20.0, speed_kmh: 100.0, built_up: false, ..plain };
    }
    let core = matches!(line.quarter, Quarter::OldTown | Quarter::Village);
    match line.class {
        RoadClass::Motorway => Dressing {
            lanes: 2,
            width_m: 11.0,
            clear_m: 40.0,
            speed_kmh: 120.0,
            modes: Modes::MOTOR,
            built_up: false,
            ..plain
        },
        RoadClass::MotorwayLink => {
            Dressing { width_m: 5.5, clear_m: 20.0, speed_kmh: 60.0, modes: Modes::MOTOR, built_up: false, ..plain }
        }
        RoadClass::Primary if city && line.role != Role::Gate => {
            Dressing { lanes: 2, width_m: 14.0, clear_m: 15.0, speed_kmh: 50.0, ..plain }
        }
        RoadClass::Primary if core => Dressing { width_m: 6.5, clear_m: 5.8, speed_kmh: 50.0, ..plain },
        RoadClass::Primary => Dressing { width_m: 7.0, clear_m: 8.5, speed_kmh: 50.0, ..plain },
        RoadClass::Secondary if core && line.role == Role::Gate => {
            Dressing { width_m: 6.0, clear_m: 5.2, speed_kmh: 30.0, ..plain }
        }
        RoadClass::Secondary => Dressing { width_m: 6.5, clear_m: 8.0, speed_kmh: 50.0, ..plain },
        RoadClass::Tertiary if core => Dressing { width_m: 5.5, clear_m: 5.0, ..plain },
        RoadClass::Tertiary => {
            let speed_kmh = if line.role == Role::Inner { 30.0 } else { 50.0 };
            Dressing { width_m: 6.0, clear_m: 7.2, speed_kmh, ..plain }
        }
        RoadClass::Unclassified => Dressing { width_m: 7.0, clear_m: 7.5, speed_kmh: 50.0, ..plain },
        RoadClass::LivingStreet if core => {
            Dressing { shared_lane: true, width_m: 4.2, clear_m: 3.7, speed_kmh: 7.0, surface: "sett", ..plain }
        }
        RoadClass::LivingStreet => Dressing {
            shared_lane: true,
            width_m: 4.6,
            clear_m: 4.0,
            speed_kmh: 7.0,
            surface: "paving_stones",
            ..plain
        },
        RoadClass::Pedestrian => Dressing {
            lanes: 0,
            width_m: 6.5,
            clear_m: 4.6,
            speed_kmh: 0.0,
            modes: Modes::FOOT.union(Modes::BICYCLE).union(Modes::EMERGENCY),
            surface: "paving_stones",
            ..plain
        },
        RoadClass::Footway | RoadClass::Cycleway | RoadClass::Path => Dressing {
            lanes: 0,
            width_m: 2.5,
            clear_m: 3.0,
            speed_kmh: 0.0,
            modes: Modes::FOOT.union(Modes::BICYCLE),
            surface: "fine_gravel",
            ..plain
        },
        RoadClass::Track => Dressing {
            lanes: 0,
            width_m: 3.0,
            clear_m: 6.0,
            speed_kmh: 0.0,
            modes: Modes::FOOT.union(Modes::BICYCLE).union(Modes::EMERGENCY),
            surface: "gravel",
            built_up: false,
            ..plain
        },
        RoadClass::Residential if line.quarter == Quarter::Gruenderzeit => {
            Dressing { width_m: 6.0, clear_m: 8.0, ..plain }
        }
        RoadClass::Residential if core => Dressing { width_m: 5.0, clear_m: 4.4, ..plain },
        RoadClass::Service => Dressing { width_m: 4.0, clear_m: 4.0, speed_kmh: 10.0, ..plain },
        _ => plain,
    }
}
