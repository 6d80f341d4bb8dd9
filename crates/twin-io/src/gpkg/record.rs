//! The records of a twin, field by field, in the order of their columns.

use rusqlite::types::{Value, ValueRef};
use twin::{
    Id, Key, Source,
    area::{Area, AreaKind, GroundLine, GroundLineKind},
    building::{Address, Building, BuildingUse, Place, PlaceKind, RoofShape},
    demand::{VehicleClass, Zone, ZoneKind},
    road::{
        Arc, Assumed, Carriageway, Direction, Impedance, NodeControl, RoadClass, RoadLink, RoadNode, Structure,
        TurnKind, TurnRestriction, VolumeDelay,
    },
    transit::{BusRoute, BusStop},
    utility::{
        Asset, BranchEnd, Burial, Fluid, Friction, GasLink, GasLinkKind, GasNode, HeatLink, HeatLinkKind, HeatNode,
        HeatNodeKind, Manhole, Medium, Operation, PowerBranch, PowerBranchKind, PowerBus, PowerEndSwitch, PowerUnit,
        PowerUnitKind, Property, SewerKind, SewerPipe, TapChanger, TapSide, ValveKind, ValveState, WaterDemand,
        WaterLink, WaterLinkDetail, WaterLinkKind, WaterNode, WaterNodeDetail, WaterNodeKind,
    },
};

use super::column::{
    Cell, Column, Field, Problem, Referenced, RowIn, RowOut, columns_of_field, fid, joined, json, shown,
};

/// A record whose fields are columns; `field as "name"` where the column is named otherwise.
macro_rules! record {
    ($type:ident { $($field:ident $(as $name:literal)?),+ $(,)? } $(default { $($rest:ident: $value:expr),+ })?) => {
        impl Field for $type {
            fn columns(prefix: &str, out: &mut Vec<Column>) {
                $(columns_of_field(|record: &$type| &record.$field, &joined(prefix, record!(@name $field $($name)?)), out);)+
            }
            fn put(&self, out: &mut RowOut<'_>) {
                $(self.$field.put(out);)+
            }
            fn take(row: &mut RowIn<'_>) -> Result<Self, Problem> {
                Ok(Self { $($field: Field::take(row)?,)+ $($($rest: $value,)+)? })
            }
        }
    };
    (@name $field:ident $name:literal) => { $name };
    (@name $field:ident) => { stringify!($field) };
}

record!(Source { name, format, licence, attribution, date, hash });
record!(RoadNode { position, key, elevation_m, control, border, through });
record!(RoadLink {
    geometry,
    key,
    source_keys,
    name,
    route,
    class,
    length_m,
    forward,
    backward,
    shared_lane,
    width_m,
    surface,
    structure,
    layer,
    roundabout,
    destination_only,
    built_up,
    max_weight_t,
    max_height_m,
    max_width_m,
    assumed,
});
record!(Carriageway { modes, lanes, speed_limit_kmh, impedance as "" });
record!(Building {
    footprint, key, usage as "use", name, levels, height_m, min_height_m, roof, roof_height_m, year_built, dwellings,
    residents, jobs, part_of,
});
record!(Address { position, key, street, house_number, postcode, city, building });
record!(Place { position, key, kind, name, building });
record!(Area { polygon, key, kind, name });
record!(GroundLine { geometry, key, kind, name, width_m, structure });
record!(BusStop { position, key, name });
record!(Burial { material, year_laid, cover_m, position_accuracy_m, operator });
record!(WaterNode { position, key, elevation_m, kind as "", building, detail as "" });
record!(WaterNodeDetail { pattern, category, further_demands, emitter_m3_s, min_volume_m3, volume_curve, overflow });
record!(WaterLink { geometry, key, kind as "", burial as "", detail as "" });
record!(WaterLinkDetail { minor_loss, check_valve, curve, pattern, speed });
record!(GasNode {
    position,
    key,
    height_m,
    temperature_k,
    feed_pressure_bar,
    demand_m3_h,
    infeed_m3_h,
    customers,
    in_service,
    building,
});
record!(GasLink { geometry, key, kind as "", burial as "" });
record!(HeatNode {
    position, key, height_m, temperature_k, feed_pressure_bar, feed_temperature_k, draw_kg_s, kind as "", in_service,
    building,
});
record!(HeatLink { geometry, key, kind as "", burial as "" });
record!(Operation { medium, fluid as "", friction, ambient_k });
record!(Fluid { name, is_gas, density, viscosity, heat_capacity, compressibility });
record!(Manhole { position, key, cover_elevation_m, invert_elevation_m, outfall });
record!(SewerPipe { geometry, key, length_m, diameter_m, kind, burial as "" });
record!(PowerBus {
    position,
    key,
    name,
    vn_kv,
    min_vm_pu,
    max_vm_pu,
    slack_vm_pu,
    start_vm_pu,
    start_va_deg,
    load_mw,
    load_mvar,
    generation_mw,
    in_service,
    building,
});
record!(PowerBranch { geometry, key, name, kind as "", burial as "" });
record!(PowerUnit { position, key, name, bus, kind as "", profile, in_service, building });
record!(PowerEndSwitch { position, key, name, branch, end, closed });
record!(Asset { geometry, key, medium, kind, attributes });
record!(TurnRestriction { key, from, via, to, kind, except });
record!(Zone { position, key, name, kind, residents, jobs } default { connectors: Vec::new() });

// The layer adds the course of the streets as its geometry.
record!(BusRoute { key, line, name, operator, arcs, stops, departures_per_day });

macro_rules! named_cells {
    ($($type:ident),+) => {$(
        impl Cell for $type {
            const SQL: &'static str = "TEXT";
            fn to_value(&self) -> Value {
                Value::Text(self.name().to_owned())
            }
            fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
                let names = Self::ALL.iter().map(|value| (value.name(), *value));
                named(value, &names.collect::<Vec<_>>())
            }
        }
    )+};
}
named_cells!(
    RoadClass,
    Structure,
    TurnKind,
    BuildingUse,
    RoofShape,
    PlaceKind,
    AreaKind,
    GroundLineKind,
    ZoneKind,
    VehicleClass,
    SewerKind,
    Medium,
    TapSide,
    TapChanger,
    BranchEnd,
    Friction,
    ValveKind,
    ValveState
);

/// A property of a fluid: JSON.
impl Cell for Property {
    const SQL: &'static str = "TEXT";
    fn to_value(&self) -> Value {
        Value::Text(serde_json::to_string(self).expect("because a property is JSON"))
    }
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        json(value, "a property as JSON: {\"kind\": \"constant\", \"value\": 1.0}")
    }
}

impl Cell for NodeControl {
    const SQL: &'static str = "TEXT";
    fn to_value(&self) -> Value {
        let name = CONTROLS.iter().find(|(_, control)| control == self).map_or("none", |(name, _)| name);
        Value::Text(name.to_owned())
    }
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        named(value, &CONTROLS)
    }
}

const CONTROLS: [(&str, NodeControl); 6] = [
    ("none", NodeControl::None),
    ("signal", NodeControl::Signal),
    ("stop", NodeControl::Stop),
    ("give_way", NodeControl::GiveWay),
    ("mini_roundabout", NodeControl::MiniRoundabout),
    ("turning_circle", NodeControl::TurningCircle),
];

/// Demands besides the first: a JSON array of base demand, pattern, category. The base is text, so that no digit is lost.
impl Cell for Vec<WaterDemand> {
    const SQL: &'static str = "TEXT";
    fn to_value(&self) -> Value {
        if self.is_empty() {
            return Value::Null;
        }
        let rows: Vec<_> =
            self.iter().map(|demand| (demand.base_m3_s.to_string(), &demand.pattern, &demand.category)).collect();
        Value::Text(serde_json::to_string(&rows).expect("because texts are JSON"))
    }
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        if value == ValueRef::Null {
            return Ok(Self::new());
        }
        type Row = (String, Option<String>, Option<String>);
        let problem = || format!("it must be a JSON array of [demand, pattern, category], not {}", shown(value));
        let text = String::from_value(value)?;
        let rows: Vec<Row> = serde_json::from_str(&text).map_err(|_| problem())?;
        rows.into_iter()
            .map(|(base, pattern, category)| {
                let base_m3_s = base.parse::<f64>().ok().filter(|base| base.is_finite()).ok_or_else(problem)?;
                Ok(WaterDemand { base_m3_s, pattern, category })
            })
            .collect()
    }
}

fn named<T: Copy>(value: ValueRef<'_>, names: &[(&str, T)]) -> Result<T, String> {
    let ValueRef::Text(bytes) = value else {
        return Err(format!("it must be one of {}, not {}", list(names), shown(value)));
    };
    names
        .iter()
        .find(|(name, _)| name.as_bytes() == bytes)
        .map(|(_, value)| *value)
        .ok_or_else(|| format!("it must be one of {}, not {}", list(names), shown(value)))
}

fn list<T>(names: &[(&str, T)]) -> String {
    names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// Two columns that a person understands, `assumed_lanes` and `assumed_speed`.
impl Field for Assumed {
    fn columns(name: &str, out: &mut Vec<Column>) {
        out.push(Column::new(joined(name, "lanes"), bool::SQL));
        out.push(Column::new(joined(name, "speed"), bool::SQL));
    }
    fn put(&self, out: &mut RowOut<'_>) {
        out.cell(&self.contains(Self::LANES));
        out.cell(&self.contains(Self::SPEED));
    }
    fn take(row: &mut RowIn<'_>) -> Result<Self, Problem> {
        let lanes = if row.cell()? { Self::LANES } else { Self::default() };
        let speed = if row.cell()? { Self::SPEED } else { Self::default() };
        Ok(lanes.union(speed))
    }
}

impl Referenced for Building {
    const LAYER: &'static str = "building";
}
impl Referenced for RoadLink {
    const LAYER: &'static str = "road_link";
}
impl Referenced for RoadNode {
    const LAYER: &'static str = "road_node";
}
impl Referenced for BusStop {
    const LAYER: &'static str = "bus_stop";
}
impl Referenced for PowerBus {
    const LAYER: &'static str = "power_bus";
}
/// Lines, transformers, impedances and switches count their fids together.
impl Referenced for PowerBranch {
    const LAYER: &'static str = "power_branch";
}

/// The fid of the section, negative against its digitized direction.
impl Field for Arc {
    fn columns(name: &str, out: &mut Vec<Column>) {
        out.push(Column::new(joined(name, "arc"), "INTEGER"));
    }
    fn put(&self, out: &mut RowOut<'_>) {
        check_arc(*self, out);
        out.push(Value::Integer(arc_number(*self)));
    }
    fn take(row: &mut RowIn<'_>) -> Result<Self, Problem> {
        let column = row.next;
        let number: i64 = row.cell()?;
        arc_of(number, row).map_err(|message| Problem { column, message })
    }
}

/// A JSON array of the fids of the sections, negative against their digitized direction.
impl Field for Vec<Arc> {
    fn columns(name: &str, out: &mut Vec<Column>) {
        out.push(Column::new(if name == "arcs" { "arcs".to_owned() } else { joined(name, "arcs") }, "TEXT"));
    }
    fn put(&self, out: &mut RowOut<'_>) {
        self.iter().for_each(|arc| check_arc(*arc, out));
        out.cell(&self.iter().map(|arc| arc_number(*arc)).collect::<Vec<i64>>());
    }
    fn take(row: &mut RowIn<'_>) -> Result<Self, Problem> {
        let column = row.next;
        let numbers: Vec<i64> = row.cell()?;
        let arcs = numbers.into_iter().map(|number| arc_of(number, row)).collect::<Result<_, _>>();
        arcs.map_err(|message| Problem { column, message })
    }
}

/// A JSON array of the fids of the stops.
impl Field for Vec<Id<BusStop>> {
    fn columns(name: &str, out: &mut Vec<Column>) {
        out.push(Column::new(joined(name, "fids"), "TEXT"));
    }
    fn put(&self, out: &mut RowOut<'_>) {
        let n_stops = out.sizes.get(BusStop::LAYER).copied().unwrap_or(0);
        if let Some(stop) = self.iter().find(|stop| stop.index() >= n_stops) {
            out.problem = Some((out.values.len(), format!("layer {} has no row {}", BusStop::LAYER, stop.index() + 1)));
        }
        out.cell(&self.iter().map(|stop| fid(stop.index())).collect::<Vec<i64>>());
    }
    fn take(row: &mut RowIn<'_>) -> Result<Self, Problem> {
        let column = row.next;
        let numbers: Vec<i64> = row.cell()?;
        let stops: Result<Self, String> =
            numbers.into_iter().map(|number| row.fids.index(BusStop::LAYER, number).map(Id::new)).collect();
        stops.map_err(|message| Problem { column, message })
    }
}

fn arc_number(arc: Arc) -> i64 {
    match arc.direction {
        Direction::Forward => fid(arc.link.index()),
        Direction::Backward => -fid(arc.link.index()),
    }
}

fn check_arc(arc: Arc, out: &mut RowOut<'_>) {
    if arc.link.index() >= out.sizes.get(RoadLink::LAYER).copied().unwrap_or(0) {
        out.problem =
            Some((out.values.len(), format!("layer {} has no row {}", RoadLink::LAYER, arc.link.index() + 1)));
    }
}

fn arc_of(number: i64, row: &RowIn<'_>) -> Result<Arc, String> {
    let direction = if number < 0 { Direction::Backward } else { Direction::Forward };
    let link = row.fids.index(RoadLink::LAYER, number.checked_abs().ok_or("it is no feature number")?)?;
    Ok(Arc::new(Id::new(link), direction))
}

/// A choice between kinds: a column with the name of the kind, and one column for every field that any kind has.
pub(crate) trait Tagged {
    /// Names of the kinds, each with the names of its fields.
    const KINDS: &'static [(&'static str, &'static [&'static str])];
}

macro_rules! tagged {
    ($type:ident $kind:literal { $($column:ident: $ctype:ty),+ $(,)? }
     { $($variant:ident = $tag:literal { $($field:ident),* $(,)? }),+ $(,)? }) => {
        impl Tagged for $type {
            const KINDS: &'static [(&'static str, &'static [&'static str])] =
                &[$(($tag, &[$(stringify!($field)),*])),+];
        }
        impl Field for $type {
            fn columns(prefix: &str, out: &mut Vec<Column>) {
                out.push(Column::new(joined(prefix, $kind), "TEXT"));
                $(out.push(Column::new(joined(prefix, stringify!($column)), <$ctype as Cell>::SQL));)+
            }
            fn put(&self, out: &mut RowOut<'_>) {
                const COLUMNS: &[&str] = &[$(stringify!($column)),+];
                let first = out.values.len() + 1;
                match self {
                    $($type::$variant { $($field),* } => {
                        out.push(Value::Text($tag.to_owned()));
                        out.values.resize(first + COLUMNS.len(), Value::Null);
                        $(out.set(first + place(COLUMNS, stringify!($field)), $field);)*
                    })+
                }
            }
            fn take(row: &mut RowIn<'_>) -> Result<Self, Problem> {
                const COLUMNS: &[&str] = &[$(stringify!($column)),+];
                let column = row.next;
                let kind: String = row.cell()?;
                let first = row.next;
                row.next += COLUMNS.len();
                match kind.as_str() {
                    $($tag => Ok($type::$variant { $($field: row.cell_at(first + place(COLUMNS, stringify!($field)))?),* }),)+
                    _ => {
                        let kinds: Vec<&str> = Self::KINDS.iter().map(|(kind, _)| *kind).collect();
                        Err(Problem { column, message: format!("it must be one of {}, not `{kind}`", kinds.join(", ")) })
                    }
                }
            }
        }
    };
}

/// The place of a name in a short list.
fn place(columns: &[&str], name: &str) -> usize {
    columns.iter().position(|column| *column == name).expect("because the list holds every field of every kind")
}

tagged!(WaterNodeKind "kind" {
    base_demand_m3_s: f64, head_m: f64, initial_level_m: f64, min_level_m: f64, max_level_m: f64, diameter_m: f64
} {
    Junction = "junction" { base_demand_m3_s },
    Hydrant = "hydrant" {},
    Reservoir = "reservoir" { head_m },
    Tank = "tank" { initial_level_m, min_level_m, max_level_m, diameter_m },
});
tagged!(WaterLinkKind "kind" {
    length_m: f64, diameter_m: f64, roughness: f64, open: bool, design_flow_m3_s: f64, design_head_m: f64,
    power_w: f64, on: bool, setting_m: f64, valve: ValveKind, setting: f64, state: ValveState
} {
    Pipe = "pipe" { length_m, diameter_m, roughness, open },
    Pump = "pump" { design_flow_m3_s, design_head_m, power_w, on },
    Valve = "valve" { diameter_m, open },
    PressureReducer = "pressure_reducer" { diameter_m, setting_m },
    ControlValve = "control_valve" { valve, diameter_m, setting, state },
});
tagged!(GasLinkKind "kind" {
    length_m: f64, diameter_m: f64, roughness_mm: f64, loss_coefficient: f64, sections: u32, open: bool,
    curve: Vec<f64>, pressure_ratio: f64, flow_m3_h: f64, active: bool, pressure_bar: f64, controlled_key: Key
} {
    Pipe = "pipe" { length_m, diameter_m, roughness_mm, loss_coefficient, sections, open },
    Valve = "valve" { diameter_m, loss_coefficient, open },
    Pump = "pump" { curve, open },
    Compressor = "compressor" { pressure_ratio, open },
    FlowControl = "flow_control" { flow_m3_h, active, open },
    PressureControl = "pressure_control" { pressure_bar, controlled_key, loss_coefficient, active, open },
});
tagged!(HeatLinkKind "kind" {
    length_m: f64, diameter_m: f64, roughness_mm: f64, loss_coefficient: f64, loss_w_m_k: f64, ground_k: f64,
    sections: u32, open: bool, curve: Vec<f64>, supply_pressure_bar: f64, supply_k: f64, lift_bar: f64,
    mass_flow_kg_s: f64, heat_w: f64, cooling_k: f64, return_k: f64, active: bool, pressure_bar: f64,
    controlled_key: Key
} {
    PipePair = "pipe_pair" { length_m, diameter_m, roughness_mm, loss_w_m_k, open },
    Pipe = "pipe" {
        length_m, diameter_m, roughness_mm, loss_coefficient, loss_w_m_k, ground_k, sections, open
    },
    Valve = "valve" { diameter_m, loss_coefficient, open },
    Pump = "pump" { curve, open },
    CirculationPump = "circulation_pump" { supply_pressure_bar, supply_k, lift_bar, mass_flow_kg_s, open },
    Exchanger = "exchanger" { diameter_m, loss_coefficient, heat_w, open },
    Consumer = "consumer" { heat_w, mass_flow_kg_s, cooling_k, return_k, open },
    FlowControl = "flow_control" { mass_flow_kg_s, active, open },
    PressureControl = "pressure_control" { pressure_bar, controlled_key, loss_coefficient, active, open },
});
tagged!(HeatNodeKind "kind" {
    power_w: f64, supply_c: f64, lift_bar: f64, load_w: f64, return_c: f64
} {
    Junction = "junction" {},
    Producer = "producer" { power_w, supply_c, lift_bar },
    Consumer = "consumer" { load_w, return_c },
});
tagged!(PowerBranchKind "kind" {
    length_km: f64, r_ohm_per_km: f64, x_ohm_per_km: f64, c_nf_per_km: f64, g_us_per_km: f64, max_i_ka: f64, overhead: bool,
    sn_mva: f64, vn_hv_kv: f64, vn_lv_kv: f64, vk_percent: f64, vkr_percent: f64, pfe_kw: f64, i0_percent: f64,
    r_ft_pu: f64, x_ft_pu: f64, r_tf_pu: f64, x_tf_pu: f64, g_f_pu: f64, b_f_pu: f64, g_t_pu: f64, b_t_pu: f64,
    ratio: f64, shift_deg: f64, rating_mva: f64, parallel: u32, derating: f64, tap_side: TapSide, tap_changer: TapChanger,
    tap_pos: f64, tap_neutral: f64, tap_min: f64, tap_max: f64, tap_step_percent: f64, tap_step_deg: f64,
    in_service: bool, closed: bool, z_ohm: f64
} {
    Line = "line" {
        length_km, r_ohm_per_km, x_ohm_per_km, c_nf_per_km, g_us_per_km, max_i_ka, parallel, derating, overhead, in_service
    },
    Transformer = "transformer" {
        sn_mva, vn_hv_kv, vn_lv_kv, vk_percent, vkr_percent, pfe_kw, i0_percent, shift_deg, parallel, derating, tap_side,
        tap_changer, tap_pos, tap_neutral, tap_min, tap_max, tap_step_percent, tap_step_deg, in_service
    },
    Impedance = "impedance" {
        sn_mva, r_ft_pu, x_ft_pu, r_tf_pu, x_tf_pu, g_f_pu, b_f_pu, g_t_pu, b_t_pu, ratio, shift_deg, rating_mva, in_service
    },
    Switch = "switch" { closed, z_ohm },
});
tagged!(PowerUnitKind "kind" {
    p_mw: f64, q_mvar: f64, scaling: f64, const_z_p_percent: f64, const_i_p_percent: f64, const_z_q_percent: f64,
    const_i_q_percent: f64, vm_pu: f64, va_deg: f64, min_q_mvar: f64, max_q_mvar: f64, slack: bool
} {
    Load = "load" {
        p_mw, q_mvar, scaling, const_z_p_percent, const_i_p_percent, const_z_q_percent, const_i_q_percent
    },
    StaticGenerator = "static_generator" { p_mw, q_mvar, scaling },
    Generator = "generator" { p_mw, scaling, vm_pu, min_q_mvar, max_q_mvar, slack },
    ExternalGrid = "external_grid" { vm_pu, va_deg },
    Shunt = "shunt" { p_mw, q_mvar },
});
tagged!(VolumeDelay "delay" { alpha: f64, beta: f64, j: f64, period_h: f64 } {
    Bpr = "bpr" { alpha, beta },
    Conical = "conical" { alpha },
    Akcelik = "akcelik" { j, period_h },
});
record!(Impedance { free_flow_time, capacity_veh_h, toll, distance, delay as "" });

/// The columns of an [`Impedance`].
const N_IMPEDANCE_COLUMNS: usize = 9;

/// An impedance that may be absent: then all its columns are empty.
impl Field for Option<Impedance> {
    fn columns(name: &str, out: &mut Vec<Column>) {
        Impedance::columns(name, out);
    }
    fn put(&self, out: &mut RowOut<'_>) {
        match self {
            Some(impedance) => impedance.put(out),
            None => {
                let length = out.values.len() + N_IMPEDANCE_COLUMNS;
                out.values.resize(length, Value::Null);
            }
        }
    }
    fn take(row: &mut RowIn<'_>) -> Result<Self, Problem> {
        let free_flow_time: Option<f64> = row.cell_at(row.next)?;
        if free_flow_time.is_none() {
            row.next += N_IMPEDANCE_COLUMNS;
            return Ok(None);
        }
        Impedance::take(row).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpkg::column::columns_of;

    #[test]
    fn the_columns_of_an_impedance_are_counted_right() {
        assert_eq!(columns_of::<Impedance>().len(), N_IMPEDANCE_COLUMNS);
    }

    #[test]
    fn units_stand_in_the_column_names_of_a_street() {
        let names: Vec<String> = columns_of::<RoadLink>().into_iter().map(|column| column.name).collect();
        for name in
            ["geom", "key", "length_m", "forward_lanes", "backward_speed_limit_kmh", "assumed_lanes", "max_weight_t"]
        {
            assert!(names.iter().any(|known| known == name), "{name} in {names:?}");
        }
    }
}
