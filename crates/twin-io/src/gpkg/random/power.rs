//! Random power networks.

use twin::utility::{
    BranchEnd, PowerBranch, PowerBranchKind, PowerBus, PowerEndSwitch, PowerUnit, PowerUnitKind, TapChanger, TapSide,
};

use super::*;

pub(super) fn power(n_buildings: usize) -> BoxedStrategy<Network<PowerBus, PowerBranch>> {
    let limits = (of(number()), of(number()), any::<bool>());
    let start = (of(number()), of(number()));
    let values = (number(), of(number()), number(), number(), number());
    let node = (key(), of(text()), coord(), values, limits, start, id(n_buildings)).prop_map(
        |(key, name, position, values, (min_vm_pu, max_vm_pu, in_service), start, building)| {
            let (start_vm_pu, start_va_deg) = start;
            let (vn_kv, slack_vm_pu, load_mw, load_mvar, generation_mw) = values;
            PowerBus {
                key,
                name,
                position,
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
            }
        },
    );
    let several = || (number(), number(), number(), number(), number(), number());
    let maybe = || (of(number()), of(number()), of(number()), of(number()), of(number()), of(number()));
    let kind = prop_oneof![
        (several(), number(), 1..9u32, any::<bool>(), any::<bool>()).prop_map(
            |(
                (length_km, r_ohm_per_km, x_ohm_per_km, c_nf_per_km, g_us_per_km, max_i_ka),
                derating,
                parallel,
                overhead,
                in_service,
            )| {
                PowerBranchKind::Line {
                    length_km,
                    r_ohm_per_km,
                    x_ohm_per_km,
                    c_nf_per_km,
                    g_us_per_km,
                    max_i_ka,
                    parallel,
                    derating,
                    overhead,
                    in_service,
                }
            }
        ),
        (
            several(),
            (number(), number(), number()),
            maybe(),
            (of(one_of(TapSide::ALL)), of(one_of(TapChanger::ALL))),
            any::<bool>()
        )
            .prop_map(
                |(
                    (sn_mva, vn_hv_kv, vn_lv_kv, vk_percent, vkr_percent, pfe_kw),
                    (i0_percent, shift_deg, derating),
                    taps,
                    (tap_side, tap_changer),
                    in_service,
                )| {
                    let (tap_pos, tap_neutral, tap_min, tap_max, tap_step_percent, tap_step_deg) = taps;
                    PowerBranchKind::Transformer {
                        sn_mva,
                        vn_hv_kv,
                        vn_lv_kv,
                        vk_percent,
                        vkr_percent,
                        pfe_kw,
                        i0_percent,
                        shift_deg,
                        parallel: 2,
                        derating,
                        tap_side,
                        tap_changer,
                        tap_pos,
                        tap_neutral,
                        tap_min,
                        tap_max,
                        tap_step_percent,
                        tap_step_deg,
                        in_service,
                    }
                }
            ),
        (several(), several(), of(number()), any::<bool>()).prop_map(
            |(
                (sn_mva, r_ft_pu, x_ft_pu, r_tf_pu, x_tf_pu, ratio),
                (g_f_pu, b_f_pu, g_t_pu, b_t_pu, shift_deg, _),
                rating_mva,
                in_service,
            )| {
                PowerBranchKind::Impedance {
                    sn_mva,
                    r_ft_pu,
                    x_ft_pu,
                    r_tf_pu,
                    x_tf_pu,
                    g_f_pu,
                    b_f_pu,
                    g_t_pu,
                    b_t_pu,
                    ratio,
                    shift_deg,
                    rating_mva,
                    in_service,
                }
            }
        ),
        (any::<bool>(), number()).prop_map(|(closed, z_ohm)| PowerBranchKind::Switch { closed, z_ohm }),
    ];
    let link = (key(), of(text()), line(), kind, burial())
        .prop_map(|(key, name, geometry, kind, burial)| PowerBranch { key, name, geometry, kind, burial });
    network(node, link).boxed()
}

/// Units and end switches of a power network: made of numbers, so that they fit any network.
pub(super) fn power_units(twin: &mut Twin) {
    for (bus, record) in twin.power.nodes() {
        let value = record.vn_kv;
        let kinds = [
            PowerUnitKind::Load {
                p_mw: value,
                q_mvar: 0.0 - value,
                scaling: 0.5,
                const_z_p_percent: 10.0,
                const_i_p_percent: 20.0,
                const_z_q_percent: 30.0,
                const_i_q_percent: 40.0,
            },
            PowerUnitKind::StaticGenerator { p_mw: value, q_mvar: 0.25, scaling: 1.0 },
            PowerUnitKind::Generator {
                p_mw: value,
                scaling: 1.0,
                vm_pu: 1.02,
                min_q_mvar: Some(value),
                max_q_mvar: None,
                slack: true,
            },
            PowerUnitKind::ExternalGrid { vm_pu: value, va_deg: -30.0 },
            PowerUnitKind::Shunt { p_mw: 0.0, q_mvar: value },
        ];
        let unit = PowerUnit {
            key: record.key.clone(),
            name: record.name.clone(),
            position: record.position,
            bus,
            kind: kinds[bus.index() % kinds.len()],
            profile: record.name.clone(),
            in_service: record.in_service,
            building: record.building,
        };
        twin.power_units.push(unit);
    }
    for (branch, record) in twin.power.links() {
        let end = BranchEnd::ALL[branch.index() % 2];
        let position = record.geometry.0.first().copied().unwrap_or_default();
        twin.power_end_switches.push(PowerEndSwitch {
            key: record.key.clone(),
            name: None,
            position,
            branch,
            end,
            closed: branch.index() % 3 == 0,
        });
    }
}
