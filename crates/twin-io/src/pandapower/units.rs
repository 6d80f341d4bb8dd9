//! Loads, generators, feeds, shunts and what is made of them.

use twin::{
    Id, Key,
    utility::{PowerBranchKind, PowerBus, PowerUnit, PowerUnitKind},
};

use super::{
    Reader,
    table::{Row, Rows},
};

impl Reader<'_> {
    pub(super) fn add_units(&mut self) {
        self.each("load", "power loads", |at, rows| {
            let both = ["const_z_percent", "const_i_percent"]
                .map(|column| if rows.has(column) { at.or(column, 0.0) } else { 0.0 });
            let [z, i] = both;
            vec![PowerUnitKind::Load {
                p_mw: at.must("p_mw"),
                q_mvar: at.or("q_mvar", 0.0),
                scaling: at.or("scaling", 1.0),
                const_z_p_percent: at.or("const_z_p_percent", z),
                const_i_p_percent: at.or("const_i_p_percent", i),
                const_z_q_percent: at.or("const_z_q_percent", z),
                const_i_q_percent: at.or("const_i_q_percent", i),
            }]
        });
        self.each("asymmetric_load", "power loads", |at, _| {
            let (p_mw, q_mvar) = phases(at);
            vec![load(p_mw, q_mvar, at.or("scaling", 1.0))]
        });
        self.each("storage", "power storages", |at, _| {
            vec![load(at.must("p_mw"), at.or("q_mvar", 0.0), at.or("scaling", 1.0))]
        });
        self.each("motor", "power motors", |at, _| {
            let (efficiency, loading) = (at.or("efficiency_percent", 100.0), at.or("loading_percent", 100.0));
            let (cos_phi, scaling) = (at.or("cos_phi", 1.0), at.or("scaling", 1.0));
            let p_mw = at.must("pn_mech_mw") / efficiency * loading;
            let apparent = p_mw / cos_phi;
            vec![load(p_mw, (apparent * apparent - p_mw * p_mw).max(0.0).sqrt(), scaling)]
        });
        self.each("sgen", "power generators of given power", |at, _| {
            let (p_mw, q_mvar) = (at.must("p_mw"), at.or("q_mvar", 0.0));
            vec![PowerUnitKind::StaticGenerator { p_mw, q_mvar, scaling: at.or("scaling", 1.0) }]
        });
        self.each("asymmetric_sgen", "power generators of given power", |at, _| {
            let (p_mw, q_mvar) = phases(at);
            vec![PowerUnitKind::StaticGenerator { p_mw, q_mvar, scaling: at.or("scaling", 1.0) }]
        });
        self.each("gen", "power generators that keep a voltage", |at, _| {
            let [min_q_mvar, max_q_mvar] = at.reactive_limits();
            vec![PowerUnitKind::Generator {
                p_mw: at.must("p_mw"),
                scaling: at.or("scaling", 1.0),
                vm_pu: at.positive("vm_pu").unwrap_or(1.0),
                min_q_mvar,
                max_q_mvar,
                slack: at.flag("slack", false),
            }]
        });
        self.each("ext_grid", "power feeds", |at, _| {
            let vm_pu = if at.maybe("vm_pu").is_some() { at.positive("vm_pu").unwrap_or(1.0) } else { 1.0 };
            vec![PowerUnitKind::ExternalGrid { vm_pu, va_deg: at.or("va_degree", 0.0) }]
        });
        self.add_shunts();
        self.each("ward", "power wards", |at, _| {
            vec![
                load(at.or("ps_mw", 0.0), at.or("qs_mvar", 0.0), 1.0),
                PowerUnitKind::Shunt { p_mw: at.or("pz_mw", 0.0), q_mvar: at.or("qz_mvar", 0.0) },
            ]
        });
        self.add_extended_wards();
        self.add_direct_current();
    }

    /// Adds the units of every row of a table; several units of a row have numbered keys.
    fn each(
        &mut self,
        table: &'static str,
        kind: &'static str,
        of: impl Fn(&mut Row<'_>, &Rows) -> Vec<PowerUnitKind>,
    ) {
        let Some(rows) = self.tables.take(table) else { return };
        for row in 0..rows.n() {
            let bus = self.bus(&rows, row, "bus");
            let mut at = rows.at(row, &mut self.tables);
            let units = of(&mut at, &rows);
            at.keep(kind);
            let Some(bus) = bus else { continue };
            for (number, unit) in units.into_iter().enumerate() {
                let part = ["", "/z"][number.min(1)];
                self.unit(&rows, row, bus, part, unit);
            }
        }
    }

    fn unit(&mut self, rows: &Rows, row: usize, bus: Id<PowerBus>, part: &str, kind: PowerUnitKind) {
        let mut at = rows.at(row, &mut self.tables);
        let in_service = at.flag("in_service", true);
        let unit = PowerUnit {
            key: Key::new(format!("power_{}/{}{part}", rows.name, at.label())),
            name: at.text("name"),
            position: self.twin.power[bus].position,
            bus,
            kind,
            profile: at.text("profile"),
            in_service,
            building: None,
        };
        self.push_unit(unit);
    }

    fn add_shunts(&mut self) {
        let Some(rows) = self.tables.take("shunt") else { return };
        for row in 0..rows.n() {
            let bus = self.bus(&rows, row, "bus");
            let by_step = self.shunt_by_step(&rows, row);
            let mut at = rows.at(row, &mut self.tables);
            let step = at.or("step", 1.0);
            let (p_mw, q_mvar) = by_step.unwrap_or((at.or("p_mw", 0.0) * step, at.or("q_mvar", 0.0) * step));
            let vn_kv = at.maybe("vn_kv").filter(|vn_kv| *vn_kv > 0.0);
            at.keep("power shunts");
            let Some(bus) = bus else { continue };
            let bus_kv = self.twin.power[bus].vn_kv;
            let ratio = vn_kv.map_or(1.0, |vn_kv| (bus_kv / vn_kv).powi(2));
            self.unit(&rows, row, bus, "", PowerUnitKind::Shunt { p_mw: p_mw * ratio, q_mvar: q_mvar * ratio });
        }
    }

    /// Power at the step by the table of characteristics, where it is asked.
    fn shunt_by_step(&mut self, rows: &Rows, row: usize) -> Option<(f64, f64)> {
        if !rows.has("step_dependency_table") || !rows.at(row, &mut self.tables).flag("step_dependency_table", false) {
            return None;
        }
        let line = self.tables.line_of_step("shunt_characteristic_table", rows, row, "step")?;
        let table = self.tables.peek("shunt_characteristic_table")?;
        Some((table.number(line, "p_mw")?, table.number(line, "q_mvar")?))
    }

    /// A load, a shunt, and a voltage source behind an impedance.
    fn add_extended_wards(&mut self) {
        let Some(rows) = self.tables.take("xward") else { return };
        for row in 0..rows.n() {
            let bus = self.bus(&rows, row, "bus");
            let mut at = rows.at(row, &mut self.tables);
            let drawn = load(at.or("ps_mw", 0.0), at.or("qs_mvar", 0.0), 1.0);
            let shunt = PowerUnitKind::Shunt { p_mw: at.or("pz_mw", 0.0), q_mvar: at.or("qz_mvar", 0.0) };
            let (r_ohm, x_ohm, vm_pu) = (at.must("r_ohm"), at.must("x_ohm"), at.positive("vm_pu").unwrap_or(1.0));
            let (label, name, in_service) = (at.label(), at.text("name"), at.flag("in_service", true));
            at.keep("power wards");
            let Some(bus) = bus else { continue };
            let (position, vn_kv) = (self.twin.power[bus].position, self.twin.power[bus].vn_kv);
            self.unit(&rows, row, bus, "", drawn);
            self.unit(&rows, row, bus, "/z", shunt);
            let behind = self.twin.power.add_node(PowerBus {
                key: Key::new(format!("power_source/{label}")),
                name: name.clone(),
                position,
                vn_kv,
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
            let ohm = vn_kv * vn_kv;
            let kind = PowerBranchKind::Impedance {
                sn_mva: 1.0,
                r_ft_pu: r_ohm / ohm,
                x_ft_pu: x_ohm / ohm,
                r_tf_pu: r_ohm / ohm,
                x_tf_pu: x_ohm / ohm,
                g_f_pu: 0.0,
                b_f_pu: 0.0,
                g_t_pu: 0.0,
                b_t_pu: 0.0,
                ratio: 1.0,
                shift_deg: 0.0,
                rating_mva: None,
                in_service,
            };
            self.add_branch(Key::new(format!("power_xward/{label}/impedance")), name, [bus, behind], None, kind, None);
            let source = PowerUnitKind::Generator {
                p_mw: 0.0,
                scaling: 1.0,
                vm_pu,
                min_q_mvar: None,
                max_q_mvar: None,
                slack: false,
            };
            self.unit(&rows, row, behind, "/source", source);
        }
    }

    /// Two generators: what one draws the other feeds in, less the losses.
    fn add_direct_current(&mut self) {
        let Some(rows) = self.tables.take("dcline") else { return };
        for row in 0..rows.n() {
            let (from, to) = (self.bus(&rows, row, "from_bus"), self.bus(&rows, row, "to_bus"));
            let mut at = rows.at(row, &mut self.tables);
            let p_mw = at.must("p_mw");
            let drawn = p_mw.abs();
            let fed = drawn * (1.0 - at.or("loss_percent", 0.0) / 100.0) - at.or("loss_mw", 0.0);
            let (p_from, p_to) = if p_mw > 0.0 { (-drawn, fed) } else { (fed, -drawn) };
            let mut end = |p_mw: f64, [vm, low, high]: [&'static str; 3]| PowerUnitKind::Generator {
                p_mw,
                scaling: 1.0,
                vm_pu: at.positive(vm).unwrap_or(1.0),
                min_q_mvar: at.maybe(low),
                max_q_mvar: at.maybe(high),
                slack: false,
            };
            let at_from = end(p_from, ["vm_from_pu", "min_q_from_mvar", "max_q_from_mvar"]);
            let at_to = end(p_to, ["vm_to_pu", "min_q_to_mvar", "max_q_to_mvar"]);
            rows.at(row, &mut self.tables).keep("power lines of direct current");
            let (Some(from), Some(to)) = (from, to) else { continue };
            self.unit(&rows, row, to, "/to", at_to);
            self.unit(&rows, row, from, "/from", at_from);
        }
    }
}

const fn load(p_mw: f64, q_mvar: f64, scaling: f64) -> PowerUnitKind {
    PowerUnitKind::Load {
        p_mw,
        q_mvar,
        scaling,
        const_z_p_percent: 0.0,
        const_i_p_percent: 0.0,
        const_z_q_percent: 0.0,
        const_i_q_percent: 0.0,
    }
}

/// Sums over the three phases.
fn phases(at: &mut Row<'_>) -> (f64, f64) {
    let mut sum = |columns: [&'static str; 3]| columns.into_iter().map(|column| at.or(column, 0.0)).sum();
    (sum(["p_a_mw", "p_b_mw", "p_c_mw"]), sum(["q_a_mvar", "q_b_mvar", "q_c_mvar"]))
}
