//! The signal of a half closure as a plan: phases, saturation, level of service, queues within a cycle.
//!
//! Levels are those of mean waits of motor vehicles at signals in German practice: up to 20, 35, 50, 70 s for A to D, longer
//! E; F where more come than can pass. They are the limits usually quoted from HBS; conformity with it is not claimed.

use serde::Serialize;

use super::Alternation;

/// Amber at a narrow section, seconds.
pub const AMBER_S: f64 = 4.0;
/// Greatest mean wait of the levels A to D, seconds.
const LEVELS_S: [(f64, char); 4] = [(20.0, 'A'), (35.0, 'B'), (50.0, 'C'), (70.0, 'D')];
/// Standard deviations of a normal distribution above which 5 % lie.
const NORMAL_95: f64 = 1.645;

/// The phase of one direction within a cycle, seconds from the begin of the first green.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Phase {
    /// Green begins.
    pub green_begin_s: f64,
    /// Green ends and amber begins.
    pub green_end_s: f64,
    /// Amber ends and red begins; until the other green all is red, so that the last vehicle leaves the work site.
    pub amber_end_s: f64,
    /// Time in which both directions have red after this phase.
    pub all_red_s: f64,
    /// Red of this direction in a cycle.
    pub red_s: f64,
}

impl Alternation {
    /// The phases of the signal, along and against; nothing for a priority sign.
    #[must_use]
    pub fn phases(&self) -> Option<[Phase; 2]> {
        if self.cycle_s <= 0.0 || self.green_s.iter().any(|&green_s| green_s <= 0.0) {
            return None;
        }
        let begins = [0.0, self.green_s[0] + self.clearance_s];
        Some(std::array::from_fn(|direction| {
            let green_end_s = begins[direction] + self.green_s[direction];
            let amber_s = AMBER_S.min(self.clearance_s);
            Phase {
                green_begin_s: begins[direction],
                green_end_s,
                amber_end_s: green_end_s + amber_s,
                all_red_s: self.clearance_s - amber_s,
                red_s: self.cycle_s - self.green_s[direction] - amber_s,
            }
        }))
    }

    /// Volume by capacity of a direction.
    #[must_use]
    pub fn saturation(&self, direction: usize) -> f64 {
        let (volume, capacity) = (self.volume_veh_h[direction], self.capacity_veh_h[direction]);
        if capacity > 0.0 {
            volume / capacity
        } else if volume > 0.0 {
            f64::INFINITY
        } else {
            0.0
        }
    }

    /// Level of service of a direction, A to F.
    #[must_use]
    pub fn level(&self, direction: usize) -> char {
        if self.saturation(direction) > 1.0 {
            return 'F';
        }
        let wait_s = self.delay_s[direction];
        LEVELS_S.iter().find(|(limit_s, _)| wait_s <= *limit_s).map_or('E', |&(_, level)| level)
    }

    /// Longest queue in a mean cycle: arrivals of the red and of the time in which they leave, `q·r / (1 − q/s)`, and what
    /// is left over at the end of the hour.
    ///
    /// # Example
    /// 300 veh/h with 30 s of green in 90 s at 2000 veh/h: 300/3600 · 60 / (1 − 0.15) = 5.9 vehicles.
    /// ```
    /// let plan = twin::outcome::Alternation {
    ///     cycle_s: 90.0,
    ///     green_s: [30.0; 2],
    ///     clearance_s: 15.0,
    ///     capacity_veh_h: [2000.0 / 3.0; 2],
    ///     volume_veh_h: [300.0; 2],
    ///     delay_s: [25.7; 2],
    ///     queue_veh: [0.0; 2],
    /// };
    /// assert!((plan.longest_queue_veh(0) - 5.882).abs() < 1e-3);
    /// assert_eq!(plan.level(0), 'B');
    /// let phases = plan.phases().unwrap();
    /// assert_eq!((phases[0].amber_end_s, phases[1].green_begin_s, phases[1].red_s), (34.0, 45.0, 56.0));
    /// ```
    #[must_use]
    pub fn longest_queue_veh(&self, direction: usize) -> f64 {
        if self.cycle_s <= 0.0 || self.green_s[direction] <= 0.0 {
            // A sign: those who wait on the mean (Little's law).
            return self.volume_veh_h[direction].min(self.capacity_veh_h[direction]) * self.delay_s[direction] / 3600.0
                + self.queue_veh[direction];
        }
        let saturation_veh_h = self.capacity_veh_h[direction] * self.cycle_s / self.green_s[direction];
        let volume_veh_h = self.volume_veh_h[direction].min(self.capacity_veh_h[direction]);
        let red_s = self.cycle_s - self.green_s[direction];
        let rest = 1.0 - volume_veh_h / saturation_veh_h.max(f64::MIN_POSITIVE);
        volume_veh_h / 3600.0 * red_s / rest.max(1e-3) + self.queue_veh[direction]
    }

    /// The queue that is exceeded in one cycle of twenty, arrivals being random: `n + 1.645·√n`.
    #[must_use]
    pub fn queue_95_veh(&self, direction: usize) -> f64 {
        let mean = self.longest_queue_veh(direction);
        mean + NORMAL_95 * mean.sqrt()
    }
}
