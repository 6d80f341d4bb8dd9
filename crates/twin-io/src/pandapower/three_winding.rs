//! Three-winding transformers as three transformers around a star point.
//!
//! # References
//! The equivalent is that of pandapower 3 (documentation of `trafo3w`): short-circuit voltages between pairs of windings,
//! each on the smaller rated power of its pair, become those of three two-winding transformers on the high-voltage level.

use twin::{
    Key,
    utility::{PowerBranchKind, PowerBus, PowerUnit, PowerUnitKind, TapChanger, TapSide},
};

use super::{Reader, branches::Placed, table::Rows, taps::Taps};

const SIDES: [&str; 3] = ["hv", "mv", "lv"];
const BUSES: [&str; 3] = ["hv_bus", "mv_bus", "lv_bus"];

/// Rated values of the three windings.
struct Windings {
    sn_mva: [f64; 3],
    vn_kv: [f64; 3],
    vk_percent: [f64; 3],
    vkr_percent: [f64; 3],
}

impl Windings {
    /// Short-circuit voltage and its real part of the three arms, each on its own rated power; nothing where the pairs
    /// contradict each other.
    fn arms(&self) -> Option<[[f64; 2]; 3]> {
        let sn = self.sn_mva;
        let pairs = [sn[0].min(sn[1]), sn[1].min(sn[2]), sn[0].min(sn[2])];
        let on_hv = |percent: [f64; 3]| [0, 1, 2].map(|pair| sn[0] * percent[pair] / pairs[pair]);
        let (vk, vkr) = (on_hv(self.vk_percent), on_hv(self.vkr_percent));
        let vki = [0, 1, 2].map(|pair| (vk[pair] * vk[pair] - vkr[pair] * vkr[pair]).sqrt());
        let star = |delta: [f64; 3]| {
            let arm = |a: f64, b: f64, away: f64, sn_arm: f64| 0.5 * sn_arm / sn[0] * (a + b - away);
            [
                arm(delta[0], delta[2], delta[1], sn[0]),
                arm(delta[1], delta[0], delta[2], sn[1]),
                arm(delta[2], delta[1], delta[0], sn[2]),
            ]
        };
        let (real, imaginary) = (star(vkr), star(vki));
        let arms = [0, 1, 2].map(|side| [imaginary[side].signum() * real[side].hypot(imaginary[side]), real[side]]);
        arms.iter().flatten().all(|value| value.is_finite()).then_some(arms)
    }
}

impl Reader<'_> {
    pub(super) fn add_three_winding(&mut self) {
        let Some(rows) = self.tables.take("trafo3w") else { return };
        for row in 0..rows.n() {
            self.add_star(&rows, row);
        }
    }

    fn add_star(&mut self, rows: &Rows, row: usize) {
        let buses = BUSES.map(|column| self.bus(rows, row, column));
        let by_tap = self.by_tap(rows, row);
        let mut at = rows.at(row, &mut self.tables);
        let mut windings = Windings {
            sn_mva: ["sn_hv_mva", "sn_mv_mva", "sn_lv_mva"].map(|column| at.positive(column).unwrap_or(1.0)),
            vn_kv: ["vn_hv_kv", "vn_mv_kv", "vn_lv_kv"].map(|column| at.positive(column).unwrap_or(1.0)),
            vk_percent: ["vk_hv_percent", "vk_mv_percent", "vk_lv_percent"].map(|column| at.must(column)),
            vkr_percent: ["vkr_hv_percent", "vkr_mv_percent", "vkr_lv_percent"].map(|column| at.must(column)),
        };
        if let Some(sides) = by_tap.and_then(|by_tap| by_tap.sides) {
            windings.vk_percent = sides.map(|side| side[0]);
            windings.vkr_percent = sides.map(|side| side[1]);
        }
        let shifts = [0.0, at.or("shift_mv_degree", 0.0), at.or("shift_lv_degree", 0.0)];
        let (taps, tap_side) = Taps::of(&mut at, rows, false);
        let at_star = at.flag("tap_at_star_point", false);
        let (pfe_kw, i0_percent, in_service) =
            (at.or("pfe_kw", 0.0), at.or("i0_percent", 0.0), at.flag("in_service", true));
        let (label, name, material) = (at.label(), at.text("name"), at.text("std_type"));
        let loss_side = at.text("loss_side").unwrap_or_else(|| "hv".to_owned()).to_lowercase();
        let index = at.index();
        at.keep("power transformers with three windings");
        let Some(arms) = windings.arms() else {
            let finding = at.error(
                "impossible-value",
                "vk_hv_percent",
                "its short-circuit voltages contradict each other".to_owned(),
            );
            self.tables.push(finding);
            return;
        };
        let (Some(index), [Some(hv), Some(mv), Some(lv)]) = (index, buses) else { return };
        let position = self.twin.power[hv].position;
        let star = self.twin.power.add_node(PowerBus {
            key: Key::new(format!("power_star/{label}")),
            name: name.clone(),
            position,
            vn_kv: self.twin.power[hv].vn_kv,
            min_vm_pu: Some(0.0),
            max_vm_pu: Some(10.0),
            slack_vm_pu: None,
            start_vm_pu: None,
            start_va_deg: None,
            load_mw: 0.0,
            load_mvar: 0.0,
            generation_mw: 0.0,
            in_service,
            building: None,
        });
        let ends = [[hv, star], [star, mv], [star, lv]];
        let mut placed = Vec::new();
        for side in 0..3 {
            let mut arm_taps = if tap_side.as_deref() == Some(SIDES[side]) { taps } else { Taps::default() };
            if arm_taps.pos.is_some() {
                arm_taps.side = Some(if side == 0 { TapSide::Hv } else { TapSide::Lv });
                if at_star {
                    moved_to_star(&mut arm_taps);
                }
            }
            let (mut vn_kv, mut shift_deg) = ([windings.vn_kv[0], windings.vn_kv[side]], shifts[side]);
            if let Some(by_tap) = by_tap {
                let inverse = if at_star { -1.0 } else { 1.0 };
                arm_taps.act_as([by_tap.ratio.powf(inverse), inverse * by_tap.angle_deg], &mut vn_kv, &mut shift_deg);
            }
            let bears_losses = loss_side == SIDES[side];
            let kind = PowerBranchKind::Transformer {
                sn_mva: windings.sn_mva[side],
                vn_hv_kv: vn_kv[0],
                vn_lv_kv: vn_kv[1],
                vk_percent: arms[side][0],
                vkr_percent: arms[side][1],
                pfe_kw: if bears_losses { pfe_kw } else { 0.0 },
                i0_percent: if bears_losses { i0_percent } else { 0.0 },
                shift_deg,
                parallel: 1,
                derating: 1.0,
                tap_side: arm_taps.side,
                tap_changer: arm_taps.changer,
                tap_pos: arm_taps.pos,
                tap_neutral: arm_taps.neutral,
                tap_min: arm_taps.min,
                tap_max: arm_taps.max,
                tap_step_percent: arm_taps.step_percent,
                tap_step_deg: arm_taps.step_deg,
                in_service,
            };
            let key = Key::new(format!("power_transformer3w/{label}/{}", SIDES[side]));
            let id = self.add_branch(key, name.clone(), ends[side], None, kind, material.clone());
            let outer = rows.number(row, BUSES[side]).map(|bus| bus as i64);
            placed.push(Placed { id, ends: if side == 0 { [outer, None] } else { [None, outer] } });
        }
        self.branch_of.insert(("trafo3w", index), placed);
        if loss_side == "star" && (pfe_kw != 0.0 || i0_percent != 0.0) {
            let ratio = (self.twin.power[hv].vn_kv / windings.vn_kv[0]).powi(2);
            let (p_mw, s_mva) = (pfe_kw * 1e-3, windings.sn_mva[0] * i0_percent / 100.0);
            let q_mvar = (s_mva * s_mva - p_mw * p_mw).max(0.0).sqrt();
            self.push_unit(PowerUnit {
                key: Key::new(format!("power_transformer3w/{label}/losses")),
                name,
                position,
                bus: star,
                kind: PowerUnitKind::Shunt { p_mw: p_mw * ratio, q_mvar: q_mvar * ratio },
                profile: None,
                in_service,
                building: None,
            });
        }
    }
}

/// A tap changer at the star point acts on the other side of its arm, with a step that depends on its position.
fn moved_to_star(taps: &mut Taps) {
    let (percent, degrees) = (taps.step_percent.unwrap_or(0.0), taps.step_deg.unwrap_or(0.0));
    let steps = taps.pos.unwrap_or(0.0) - taps.neutral.unwrap_or(0.0);
    let (sin, cos) = degrees.to_radians().sin_cos();
    // 100·t/(100 + t·steps) with the complex step t.
    let (re, im) = (percent * cos, percent * sin);
    let (below_re, below_im) = (100.0 + re * steps, im * steps);
    let size = below_re * below_re + below_im * below_im;
    let (re, im) = (100.0 * (re * below_re + im * below_im) / size, 100.0 * (im * below_re - re * below_im) / size);
    taps.step_percent = Some(re.hypot(im));
    taps.step_deg = Some(im.atan2(re).to_degrees() - 180.0);
    taps.side = Some(if taps.side == Some(TapSide::Hv) { TapSide::Lv } else { TapSide::Hv });
    taps.changer = taps.changer.or(Some(TapChanger::Ratio));
}
