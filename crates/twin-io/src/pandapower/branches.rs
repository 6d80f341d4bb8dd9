//! Lines, transformers, impedances and switches.

use twin::{
    Finding, Id, Key,
    geo_types::{Coord, LineString},
    utility::{BranchEnd, Burial, PowerBranch, PowerBranchKind, PowerBus, PowerEndSwitch},
};

use super::{
    FREQUENCY_HZ, Reader, place,
    table::{Rows, key_prefix},
    taps::Taps,
};

/// A branch in the twin, and pandapower's indices of the buses at its ends (nothing for a star point).
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) id: Id<PowerBranch>,
    pub(super) ends: [Option<i64>; 2],
}

impl Reader<'_> {
    /// Adds a branch between two buses.
    pub(super) fn add_branch(
        &mut self,
        key: Key,
        name: Option<String>,
        ends: [Id<PowerBus>; 2],
        course: Option<LineString<f64>>,
        kind: PowerBranchKind,
        material: Option<String>,
    ) -> Id<PowerBranch> {
        let [from, to] = ends.map(|end| self.twin.power[end].position);
        let geometry = course.unwrap_or_else(|| LineString(vec![from, to]));
        let burial = Burial { material, ..Burial::default() };
        self.twin.power.add_link(ends[0], ends[1], PowerBranch { key, name, geometry, kind, burial })
    }

    pub(super) fn add_lines(&mut self) {
        let geodata = self.tables.take("line_geodata");
        let Some(rows) = self.tables.take("line") else { return };
        let mut old: std::collections::BTreeMap<i64, Vec<Coord<f64>>> = std::collections::BTreeMap::new();
        if let Some(geodata) = &geodata {
            for row in 0..geodata.n() {
                if let (Some(index), Some(points)) =
                    (geodata.index(row), geodata.cell(row, "coords").and_then(place::points))
                {
                    old.insert(index, points);
                }
            }
        }
        for row in 0..rows.n() {
            let ends = (self.bus(&rows, row, "from_bus"), self.bus(&rows, row, "to_bus"));
            let mut at = rows.at(row, &mut self.tables);
            let kind = PowerBranchKind::Line {
                length_km: at.must("length_km"),
                r_ohm_per_km: at.must("r_ohm_per_km"),
                x_ohm_per_km: at.must("x_ohm_per_km"),
                c_nf_per_km: at.must("c_nf_per_km") * (self.f_hz / FREQUENCY_HZ),
                g_us_per_km: at.or("g_us_per_km", 0.0),
                max_i_ka: at.maybe("max_i_ka").or_else(|| at.maybe("imax_ka")).unwrap_or(0.0),
                parallel: at.or("parallel", 1.0).max(0.0) as u32,
                derating: at.or("df", 1.0),
                overhead: at.text("type").as_deref() == Some("ol"),
                in_service: at.flag("in_service", true),
            };
            let (key, name, material) =
                (Key::new(format!("power_line/{}", at.label())), at.text("name"), at.text("std_type"));
            let index = at.index();
            at.keep("power lines");
            let (Some(index), (Some(from), Some(to))) = (index, ends) else { continue };
            let points = rows.text(row, "geo").and_then(|text| place::geo_json(&text)).or_else(|| old.remove(&index));
            let course = points.zip(self.tables.placing.as_ref()).and_then(|(points, placing)| placing.line(&points));
            let id = self.add_branch(key, name, [from, to], course, kind, material);
            self.remember("line", index, id, &rows, row, ["from_bus", "to_bus"]);
        }
    }

    fn remember(
        &mut self,
        table: &'static str,
        index: i64,
        id: Id<PowerBranch>,
        rows: &Rows,
        row: usize,
        ends: [&str; 2],
    ) {
        let ends = ends.map(|column| rows.number(row, column).map(|bus| bus as i64));
        self.branch_of.insert((table, index), vec![Placed { id, ends }]);
    }

    pub(super) fn add_transformers(&mut self) {
        let Some(rows) = self.tables.take("trafo") else { return };
        for row in 0..rows.n() {
            let ends = (self.bus(&rows, row, "hv_bus"), self.bus(&rows, row, "lv_bus"));
            let by_tap = self.by_tap(&rows, row);
            let mut at = rows.at(row, &mut self.tables);
            let (mut taps, _) = Taps::of(&mut at, &rows, false);
            let (second, _) =
                if rows.has("tap2_pos") { Taps::of(&mut at, &rows, true) } else { (Taps::default(), None) };
            let mut vn_kv = [at.positive("vn_hv_kv").unwrap_or(1.0), at.positive("vn_lv_kv").unwrap_or(1.0)];
            let mut shift_deg = at.or("shift_degree", 0.0);
            let (mut vk_percent, mut vkr_percent) = (at.must("vk_percent"), at.must("vkr_percent"));
            if let Some(by_tap) = by_tap {
                vk_percent = by_tap.vk_percent.unwrap_or(vk_percent);
                vkr_percent = by_tap.vkr_percent.unwrap_or(vkr_percent);
                taps.act_as([by_tap.ratio, by_tap.angle_deg], &mut vn_kv, &mut shift_deg);
            }
            taps.with_second(&second, &mut vn_kv, &mut shift_deg);
            let kind = PowerBranchKind::Transformer {
                sn_mva: at.positive("sn_mva").unwrap_or(1.0),
                vn_hv_kv: vn_kv[0],
                vn_lv_kv: vn_kv[1],
                vk_percent,
                vkr_percent,
                pfe_kw: at.or("pfe_kw", 0.0),
                i0_percent: at.or("i0_percent", 0.0),
                shift_deg,
                parallel: at.or("parallel", 1.0).max(0.0) as u32,
                derating: at.or("df", 1.0),
                tap_side: taps.side,
                tap_changer: taps.changer,
                tap_pos: taps.pos,
                tap_neutral: taps.neutral,
                tap_min: taps.min,
                tap_max: taps.max,
                tap_step_percent: taps.step_percent,
                tap_step_deg: taps.step_deg,
                in_service: at.flag("in_service", true),
            };
            let ratios = ["leakage_resistance_ratio_hv", "leakage_reactance_ratio_hv"];
            if ratios.into_iter().any(|column| at.maybe(column).is_some_and(|ratio| (ratio - 0.5).abs() > 1e-12)) {
                let finding = at.error(
                    "leakage-not-halved",
                    "leakage_reactance_ratio_hv",
                    "the leakage is not half on each side; it is computed so".to_owned(),
                );
                self.tables.push(Finding { severity: twin::Severity::Warning, ..finding });
            }
            let mut at = rows.at(row, &mut self.tables);
            let (key, name, material) =
                (Key::new(format!("power_transformer/{}", at.label())), at.text("name"), at.text("std_type"));
            let index = at.index();
            at.keep("power transformers");
            let (Some(index), (Some(hv), Some(lv))) = (index, ends) else { continue };
            let id = self.add_branch(key, name, [hv, lv], None, kind, material);
            self.remember("trafo", index, id, &rows, row, ["hv_bus", "lv_bus"]);
        }
    }

    pub(super) fn add_impedances(&mut self) {
        let Some(rows) = self.tables.take("impedance") else { return };
        for row in 0..rows.n() {
            let ends = (self.bus(&rows, row, "from_bus"), self.bus(&rows, row, "to_bus"));
            let mut at = rows.at(row, &mut self.tables);
            let sn_mva = at.positive("sn_mva").unwrap_or(1.0);
            // Version 1 knew impedances that are seen equally from both ends only.
            let names = if rows.has("r_pu") && !rows.has("rft_pu") {
                ["r_pu", "x_pu", "r_pu", "x_pu"]
            } else {
                ["rft_pu", "xft_pu", "rtf_pu", "xtf_pu"]
            };
            let [r_ft_pu, x_ft_pu, r_tf_pu, x_tf_pu] = names.map(|name| at.must(name));
            let kind = PowerBranchKind::Impedance {
                sn_mva,
                r_ft_pu,
                x_ft_pu,
                r_tf_pu,
                x_tf_pu,
                g_f_pu: at.or("gf_pu", 0.0),
                b_f_pu: at.or("bf_pu", 0.0),
                g_t_pu: at.or("gt_pu", 0.0),
                b_t_pu: at.or("bt_pu", 0.0),
                ratio: 1.0,
                shift_deg: 0.0,
                rating_mva: Some(sn_mva),
                in_service: at.flag("in_service", true),
            };
            let (key, name) = (Key::new(format!("power_impedance/{}", at.label())), at.text("name"));
            let index = at.index();
            at.keep("power impedances");
            let (Some(index), (Some(from), Some(to))) = (index, ends) else { continue };
            let id = self.add_branch(key, name, [from, to], None, kind, None);
            self.remember("impedance", index, id, &rows, row, ["from_bus", "to_bus"]);
        }
    }

    pub(super) fn add_switches(&mut self) {
        let Some(rows) = self.tables.take("switch") else { return };
        for row in 0..rows.n() {
            let bus = self.bus(&rows, row, "bus");
            let mut at = rows.at(row, &mut self.tables);
            let (kind, closed, z_ohm) = (at.text("et"), at.flag("closed", true), at.or("z_ohm", 0.0));
            let (key, name) = (Key::new(format!("{}/{}", key_prefix("switch"), at.label())), at.text("name"));
            let element = at.whole("element");
            at.keep("power switches");
            let (Some(bus), Some(element)) = (bus, element) else { continue };
            let table = match kind.as_deref() {
                Some("b") => {
                    if let Some(to) = self.bus(&rows, row, "element") {
                        let kind = PowerBranchKind::Switch { closed, z_ohm };
                        self.add_branch(key, name, [bus, to], None, kind, None);
                    }
                    continue;
                }
                Some("l") => "line",
                Some("t") => "trafo",
                Some("t3") => "trafo3w",
                other => {
                    let found = other.unwrap_or("nothing").to_owned();
                    let finding = rows.at(row, &mut self.tables).error(
                        "invalid-value",
                        "et",
                        format!("`et` must be b, l, t or t3, not {found}"),
                    );
                    self.tables.push(finding);
                    continue;
                }
            };
            self.add_end_switch(&rows, row, (table, element), bus, key, name, closed);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one switch")]
    fn add_end_switch(
        &mut self,
        rows: &Rows,
        row: usize,
        of: (&'static str, i64),
        bus: Id<PowerBus>,
        key: Key,
        name: Option<String>,
        closed: bool,
    ) {
        let number = rows.number(row, "bus").map(|bus| bus as i64);
        let (table, element) = of;
        let Some(placed) = self.branch_of.get(&(table, element)) else {
            let finding = rows.at(row, &mut self.tables).error(
                "unknown-element",
                "element",
                format!("there is no row {element} in the table `{table}`"),
            );
            self.tables.push(finding);
            return;
        };
        // As pandapower looks: a line's end first, a transformer's high side first.
        let order = if table == "line" { [1, 0] } else { [0, 1] };
        let found = placed
            .iter()
            .find_map(|placed| order.into_iter().find(|&end| placed.ends[end] == number).map(|end| (placed.id, end)));
        let Some((branch, end)) = found else {
            let finding = rows.at(row, &mut self.tables).error(
                "switch-not-at-element",
                "bus",
                format!("the switch stands at a bus that is no end of row {element} of the table `{table}`"),
            );
            self.tables.push(finding);
            return;
        };
        let end = if end == 0 { BranchEnd::From } else { BranchEnd::To };
        let position = self.twin.power[bus].position;
        self.push_end_switch(PowerEndSwitch { key, name, position, branch, end, closed });
    }
}
