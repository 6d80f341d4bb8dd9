//! The one table of assumptions: every number that Stadtwin puts where the data is silent, with unit and source.
//! A scenario overrides any of them: `[assumptions]` in its file, `--set assumptions.trips_per_person=2.9` at the shell.

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assumption {
    /// Name in scenario files.
    pub key: &'static str,
    /// Value unless overridden.
    pub default: f64,
    /// Unit.
    pub unit: &'static str,
    /// Smallest and greatest admissible value.
    pub range: (f64, f64),
    /// Where the number comes from.
    pub source: &'static str,
}

macro_rules! assumptions {
    ($($(#[$meta:meta])* $key:ident = $default:literal, $unit:literal, $min:literal ..= $max:literal, $source:literal;)+) => {
        /// Values of all assumptions.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Assumptions { $($(#[$meta])* pub $key: f64),+ }

        impl Assumptions {
            /// The table, in the order in which it is shown.
            pub const TABLE: &'static [Assumption] = &[$(Assumption {
                key: stringify!($key), default: $default, unit: $unit, range: ($min, $max), source: $source,
            }),+];

            /// The value of a key.
            #[must_use]
            pub fn get(&self, key: &str) -> Option<f64> {
                match key { $(stringify!($key) => Some(self.$key),)+ _ => None }
            }

            /// Sets the value of a key; false where there is no such key or the value is out of its range (or NaN).
            #[must_use]
            pub fn set(&mut self, key: &str, value: f64) -> bool {
                match key { $(stringify!($key) if ($min..=$max).contains(&value) => { self.$key = value; true })+ _ => false }
            }
        }

        impl Default for Assumptions {
            fn default() -> Self { Self { $($key: $default),+ } }
        }
    };
}

assumptions! {
    /// Trips of a resident on an average day, all modes.
    trips_per_person = 3.1, "1/d", 0.0..=10.0, "Mobilität in Deutschland 2017, Ergebnisbericht, BMVI 2018";
    /// Passenger-car equivalents of a heavy goods vehicle.
    truck_pce = 2.0, "pce", 1.0..=6.0, "HBS 2015 (urban streets, level): 2.0";

    // Streets: speed, capacity, delay (used by the law of traffic where the source gives no impedance of its own).

    /// Speed driven on an empty street as a part of the speed limit, inside built-up areas.
    free_speed_factor_urban = 0.85, "1", 0.1..=1.5, "assumed: bends, crossing traffic and parking between junctions; HBS 2015, part S, has 0.8 to 0.95";
    /// Speed driven on an empty street as a part of the speed limit, outside built-up areas and on motorways.
    free_speed_factor_rural = 0.95, "1", 0.1..=1.5, "assumed, after HBS 2015, part L (bends and gradients of an ordinary country road)";
    /// Greatest speed of a car where no limit is signed on a motorway.
    car_speed_max_kmh = 130.0, "km/h", 30.0..=200.0, "Autobahn-Richtgeschwindigkeits-Verordnung: 130 km/h";
    /// Greatest speed of a lorry on motorways and roads for motor vehicles only.
    truck_speed_max_motorway_kmh = 80.0, "km/h", 20.0..=120.0, "StVO § 18 (5): 80 km/h";
    /// Greatest speed of a lorry on all other roads.
    truck_speed_max_kmh = 60.0, "km/h", 20.0..=120.0, "StVO § 3 (3) 2b: 60 km/h above 7.5 t outside built-up areas";
    /// Speed in a Verkehrsberuhigter Bereich or pedestrian street.
    walking_speed_kmh = 10.0, "km/h", 3.0..=20.0, "StVO, sign 325.1: walking speed; courts accept 7 to 10 km/h";
    /// Greatest speed on service ways.
    service_speed_max_kmh = 15.0, "km/h", 5.0..=50.0, "assumed: car parks, yards";
    /// Greatest speed on tracks.
    track_speed_max_kmh = 20.0, "km/h", 5.0..=50.0, "assumed: unsealed or narrow";
    /// Capacity of a motorway lane.
    capacity_motorway_pce_h = 1900.0, "pce/h per lane", 100.0..=3000.0, "order of HBS 2015, part A (3,700 to 4,000 veh/h on two lanes)";
    /// Capacity of a lane of a road for motor vehicles only.
    capacity_trunk_pce_h = 1700.0, "pce/h per lane", 100.0..=3000.0, "assumed between motorway and country road";
    /// Capacity of a lane of a ramp.
    capacity_ramp_pce_h = 1500.0, "pce/h per lane", 100.0..=3000.0, "order of HBS 2015, part A, ramps with one lane";
    /// Capacity of a lane of a country road outside built-up areas.
    capacity_rural_pce_h = 1500.0, "pce/h per lane", 100.0..=3000.0, "order of HBS 2015, part L (two-lane country road, one direction)";
    /// Capacity of a lane of a main street (primary, secondary) between junctions.
    capacity_main_street_pce_h = 1200.0, "pce/h per lane", 50.0..=3000.0, "assumed: stopping, parking and turning cars; RASt 06 gives 1,400 to 2,200 veh/h for both directions of a two-lane main street";
    /// Capacity of a lane of a collector street (tertiary).
    capacity_collector_pce_h = 900.0, "pce/h per lane", 50.0..=3000.0, "assumed: RASt 06 sees 800 to 1,800 veh/h for both directions of quarter and village main streets";
    /// Capacity of a lane of a minor or residential street.
    capacity_minor_pce_h = 500.0, "pce/h per lane", 20.0..=3000.0, "assumed: RASt 06 gives 400 to 800 veh/h for both directions of residential and collector streets";
    /// Capacity of a service way, track, Verkehrsberuhigter Bereich.
    capacity_access_pce_h = 200.0, "pce/h per lane", 10.0..=3000.0, "assumed: RASt 06 wants under 150 to 400 veh/h for both directions of residential ways";
    /// Capacity left to each direction where both share one lane.
    shared_lane_factor = 0.5, "1", 0.05..=1.0, "assumed: oncoming cars wait for each other";
    /// Saturation flow of a lane at a traffic signal.
    saturation_flow_pce_h = 2000.0, "pce/h per lane", 500.0..=3000.0, "HBS 2015, part S: 3600 / 1.8 s";
    /// Green time share of the stronger streets at a traffic signal.
    green_share_major = 0.5, "1", 0.05..=1.0, "assumed: two phases, 10 s lost of 90 s";
    /// Green time share of the weaker streets at a traffic signal.
    green_share_minor = 0.35, "1", 0.05..=1.0, "assumed: two phases, 10 s lost of 90 s";
    /// Cycle time of traffic signals.
    signal_cycle_s = 90.0, "s", 20.0..=300.0, "RiLSA: 60 to 90 s, at most 120 s";
    /// Capacity of a lane that must give way.
    capacity_give_way_pce_h = 700.0, "pce/h per lane", 50.0..=2000.0, "assumed: HBS 2015, part S, minor approach against 300 to 500 pce/h";
    /// Delay at a junction where one must give way.
    delay_give_way_s = 6.0, "s", 0.0..=60.0, "assumed: slowing down and looking";
    /// Delay at a stop sign.
    delay_stop_s = 9.0, "s", 0.0..=60.0, "assumed: stopping, looking, starting";
    /// Delay at a junction with right before left, or at the entry of a roundabout.
    delay_uncontrolled_s = 3.0, "s", 0.0..=60.0, "assumed: slowing down";
    /// Added part of the time at capacity on motorways and roads for motor vehicles only: factor of the BPR function.
    bpr_alpha_motorway = 0.83, "1", 0.0..=10.0, "Horowitz 1991 (NCHRP report 365, table 36): freeway 60 mph";
    /// Exponent of the BPR function on motorways.
    bpr_beta_motorway = 5.5, "1", 0.0..=20.0, "Horowitz 1991 (NCHRP report 365, table 36): freeway 60 mph";
    /// Factor of the BPR function on country roads.
    bpr_alpha_rural = 0.71, "1", 0.0..=10.0, "Horowitz 1991 (NCHRP report 365, table 36): multilane 50 mph";
    /// Exponent of the BPR function on country roads.
    bpr_beta_rural = 2.1, "1", 0.0..=20.0, "Horowitz 1991 (NCHRP report 365, table 36): multilane 50 mph";
    /// Factor of the BPR function on streets inside built-up areas.
    bpr_alpha_urban = 1.0, "1", 0.0..=10.0, "assumed: half of the free speed at capacity";
    /// Exponent of the BPR function on streets inside built-up areas.
    bpr_beta_urban = 4.0, "1", 0.0..=20.0, "Bureau of Public Roads, Traffic Assignment Manual, 1964";
}
