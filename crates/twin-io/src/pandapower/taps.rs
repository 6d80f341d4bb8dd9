//! Tap changers, and what tables of characteristics say of them.

use twin::utility::{TapChanger, TapSide};

use super::{
    Reader,
    table::{Row, Rows},
};

/// A tap changer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taps {
    pub(super) side: Option<TapSide>,
    pub(super) changer: Option<TapChanger>,
    pub(super) pos: Option<f64>,
    pub(super) neutral: Option<f64>,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) step_percent: Option<f64>,
    pub(super) step_deg: Option<f64>,
}

impl Taps {
    /// The tap changer of a row; `suffix` is `2` for a second one. Older versions know `tap_phase_shifter` only.
    pub(super) fn of(at: &mut Row<'_>, rows: &Rows, second: bool) -> (Self, Option<String>) {
        let names = if second {
            [
                "tap2_side",
                "tap2_changer_type",
                "tap2_phase_shifter",
                "tap2_pos",
                "tap2_neutral",
                "tap2_min",
                "tap2_max",
                "tap2_step_percent",
                "tap2_step_degree",
            ]
        } else {
            [
                "tap_side",
                "tap_changer_type",
                "tap_phase_shifter",
                "tap_pos",
                "tap_neutral",
                "tap_min",
                "tap_max",
                "tap_step_percent",
                "tap_step_degree",
            ]
        };
        let side_name = at.text(names[0]);
        let side = match side_name.as_deref() {
            Some("hv") => Some(TapSide::Hv),
            Some("lv") => Some(TapSide::Lv),
            _ => None,
        };
        let changer = if rows.has(names[1]) {
            match at.text(names[1]).as_deref() {
                Some("Ratio") => Some(TapChanger::Ratio),
                Some("Symmetrical") => Some(TapChanger::Symmetrical),
                Some("Ideal") => Some(TapChanger::Ideal),
                _ => None,
            }
        } else if rows.has(names[2]) && at.flag(names[2], false) {
            Some(TapChanger::Ideal)
        } else {
            Some(TapChanger::Ratio)
        };
        let taps = Self {
            side,
            changer,
            pos: at.maybe(names[3]),
            neutral: at.maybe(names[4]),
            min: at.maybe(names[5]),
            max: at.maybe(names[6]),
            step_percent: at.maybe(names[7]),
            step_deg: at.maybe(names[8]),
        };
        (taps, side_name)
    }

    /// Makes the tap changer act by this ratio and angle (degrees) at its position, whatever it was before. Where there is no position
    /// or the angle is too wide for a voltage that is added, they go into the rated voltage and the shift.
    pub(super) fn act_as(&mut self, factor: [f64; 2], vn_kv: &mut [f64; 2], shift_deg: &mut f64) {
        let Some(side) = self.side else { return };
        self.changer = None;
        let [ratio, angle_deg] = factor;
        let (sin, cos) = angle_deg.to_radians().sin_cos();
        let (re, im) = (100.0 * (ratio * cos - 1.0), 100.0 * ratio * sin);
        if re == 0.0 && im == 0.0 {
            return;
        }
        if let (Some(pos), true) = (self.pos, angle_deg.abs() < 80.0) {
            let mut steps = pos - self.neutral.unwrap_or(pos);
            if steps == 0.0 {
                (self.neutral, steps) = (Some(pos - 1.0), 1.0);
            }
            self.changer = Some(TapChanger::Ratio);
            self.step_percent = Some(re.hypot(im) / steps.abs());
            self.step_deg = Some((im * steps.signum()).atan2(re * steps.signum()).to_degrees());
            return;
        }
        let (place, direction) = if side == TapSide::Hv { (0, 1.0) } else { (1, -1.0) };
        vn_kv[place] *= ratio;
        *shift_deg += direction * angle_deg;
    }

    /// Takes in a second tap changer: into this one where both are on the same side, else into the rated voltage and the shift.
    pub(super) fn with_second(&mut self, second: &Self, vn_kv: &mut [f64; 2], shift_deg: &mut f64) {
        let Some([ratio, angle_deg]) = second.factor() else { return };
        let first = self.factor();
        if first.is_none() {
            *self = *second;
        } else if let (Some(first), true) = (first, self.side == second.side) {
            self.act_as([first[0] * ratio, first[1] + angle_deg], vn_kv, shift_deg);
        } else {
            let (place, direction) = if second.side == Some(TapSide::Hv) { (0, 1.0) } else { (1, -1.0) };
            vn_kv[place] *= ratio;
            *shift_deg += direction * angle_deg;
        }
    }

    /// Ratio and angle, degrees, that it adds on its side; nothing where it does not act.
    fn factor(&self) -> Option<[f64; 2]> {
        let (changer, steps) = (self.changer?, self.pos? - self.neutral?);
        self.side?;
        let (percent, degrees) = (self.step_percent.unwrap_or(0.0), self.step_deg.unwrap_or(0.0));
        if changer == TapChanger::Ideal {
            let turned = if degrees == 0.0 {
                2.0 * (steps * percent / 200.0).clamp(-1.0, 1.0).asin().to_degrees()
            } else {
                steps * degrees
            };
            return Some([1.0, turned]);
        }
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (along, aside) = (1.0 + steps * percent / 100.0 * cos, steps * percent / 100.0 * sin);
        Some([along.hypot(aside), (aside / along).atan().to_degrees()])
    }
}

/// What a table of characteristics says for a tap position.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByTap {
    pub(super) ratio: f64,
    pub(super) angle_deg: f64,
    pub(super) vk_percent: Option<f64>,
    pub(super) vkr_percent: Option<f64>,
    /// Short-circuit voltage and its real part by side of a three-winding transformer.
    pub(super) sides: Option<[[f64; 2]; 3]>,
}

impl Reader<'_> {
    /// What the table of characteristics says for the tap position of a row, where it is asked.
    pub(super) fn by_tap(&mut self, rows: &Rows, row: usize) -> Option<ByTap> {
        if !rows.has("tap_dependency_table") || !rows.at(row, &mut self.tables).flag("tap_dependency_table", false) {
            return None;
        }
        let line = self.tables.line_of_step("trafo_characteristic_table", rows, row, "tap_pos")?;
        let table = self.tables.peek("trafo_characteristic_table")?;
        let number = |column: &str| table.number(line, column);
        let side = |name: &str| Some([number(&format!("vk_{name}_percent"))?, number(&format!("vkr_{name}_percent"))?]);
        Some(ByTap {
            ratio: number("voltage_ratio").unwrap_or(1.0),
            angle_deg: number("angle_deg").unwrap_or(0.0),
            vk_percent: number("vk_percent"),
            vkr_percent: number("vkr_percent"),
            sides: side("hv").zip(side("mv")).zip(side("lv")).map(|((hv, mv), lv)| [hv, mv, lv]),
        })
    }
}
