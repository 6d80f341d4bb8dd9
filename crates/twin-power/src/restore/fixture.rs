//! Drawn networks for tests.

use twin::{
    Crs, Key, Twin,
    geo_types::{Coord, LineString},
    utility::{BranchEnd, Burial, PowerBranch, PowerBranchKind, PowerBus, PowerEndSwitch, PowerUnit, PowerUnitKind},
};

/// A line of a drawn network: from, to, rating in kA, whether it is open at its end.
pub(crate) type Drawn = (usize, usize, f64, bool);

/// A network at 20 kV whose first `n_feeds` buses are fed; every line has a switch at its beginning and at its end.
pub(crate) fn network(n_feeds: usize, loads_mw: &[f64], lines: &[Drawn]) -> Twin {
    let mut twin = Twin::empty("drawn", Crs::NOWHERE);
    let at = |x: usize| Coord { x: x as f64, y: 0.0 };
    let buses: Vec<_> = (0..loads_mw.len())
        .map(|number| {
            twin.power.add_node(PowerBus {
                key: Key::new(format!("power_bus/{number}")),
                name: None,
                position: at(number),
                vn_kv: 20.0,
                min_vm_pu: Some(0.95),
                max_vm_pu: Some(1.05),
                slack_vm_pu: (number < n_feeds).then_some(1.02),
                start_vm_pu: None,
                start_va_deg: None,
                load_mw: 0.0,
                load_mvar: 0.0,
                generation_mw: 0.0,
                in_service: true,
                building: None,
            })
        })
        .collect();
    for (number, &(from, to, max_i_ka, open)) in lines.iter().enumerate() {
        let branch = twin.power.add_link(
            buses[from],
            buses[to],
            PowerBranch {
                key: Key::new(format!("power_line/{number}")),
                name: None,
                geometry: LineString(vec![at(from), at(to)]),
                kind: PowerBranchKind::Line {
                    length_km: 4.0,
                    r_ohm_per_km: 0.25,
                    x_ohm_per_km: 0.2,
                    c_nf_per_km: 250.0,
                    g_us_per_km: 0.0,
                    max_i_ka,
                    parallel: 1,
                    derating: 1.0,
                    overhead: false,
                    in_service: true,
                },
                burial: Burial::default(),
            },
        );
        for (end, closed) in [(BranchEnd::From, true), (BranchEnd::To, !open)] {
            let row = twin.power_end_switches.len();
            twin.power_end_switches.push(PowerEndSwitch {
                key: Key::new(format!("power_switch/{row}")),
                name: None,
                position: at(from),
                branch,
                end,
                closed,
            });
        }
    }
    for (number, &p_mw) in loads_mw.iter().enumerate().filter(|(_, p_mw)| **p_mw != 0.0) {
        twin.power_units.push(PowerUnit {
            key: Key::new(format!("power_load/{number}")),
            name: None,
            position: at(number),
            bus: buses[number],
            kind: PowerUnitKind::Load {
                p_mw,
                q_mvar: 0.3 * p_mw,
                scaling: 1.0,
                const_z_p_percent: 0.0,
                const_i_p_percent: 20.0,
                const_z_q_percent: 0.0,
                const_i_q_percent: 20.0,
            },
            profile: None,
            in_service: true,
            building: None,
        });
    }
    twin
}
