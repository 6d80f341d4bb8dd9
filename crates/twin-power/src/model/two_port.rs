//! Lines, transformers, impedances and switches as two-ports in per unit.

use std::f64::consts::PI;

use twin::utility::{PowerBranchKind, TapChanger, TapSide};

use super::{Kind, Rating};
use crate::{complex::Complex, net::TwoPort};

/// Rated frequency, Hz: capacitances in the twin are as for this one.
const FREQUENCY_HZ: f64 = 50.0;
/// Resistance over reactance of a switch with impedance, as in pandapower.
const SWITCH_RX: f64 = 2.0;

/// The two-port of a branch between buses of these rated voltages, and what it can carry; else why it cannot be used.
pub(super) fn of(kind: &PowerBranchKind, vn_kv: [f64; 2], base_mva: f64) -> Result<(Kind, Rating), String> {
    match *kind {
        PowerBranchKind::Line {
            length_km,
            r_ohm_per_km,
            x_ohm_per_km,
            c_nf_per_km,
            g_us_per_km,
            max_i_ka,
            parallel,
            derating,
            ..
        } => {
            finite(&[length_km, r_ohm_per_km, x_ohm_per_km, c_nf_per_km, g_us_per_km])?;
            if length_km < 0.0 {
                return Err(format!("its length is {length_km} km"));
            }
            let systems = at_least_one(parallel)?;
            let base_ohm = vn_kv[0] * vn_kv[0] / base_mva;
            let z = Complex::new(r_ohm_per_km, x_ohm_per_km).scale(length_km / base_ohm / systems);
            let rating_ka = max_i_ka * derating * systems;
            let rating = if rating_ka > 0.0 { Rating::Current(rating_ka) } else { Rating::None };
            if z == Complex::ZERO {
                return Ok((Kind::Joint, Rating::None));
            }
            let b = 2.0 * PI * FREQUENCY_HZ * c_nf_per_km * 1e-9;
            let charging = Complex::new(g_us_per_km * 1e-6, b).scale(base_ohm * length_km * systems);
            two_port(TwoPort::pi(0, 0, z, charging, Complex::ONE), rating)
        }
        PowerBranchKind::Transformer { .. } => transformer(kind, vn_kv, base_mva),
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
            ..
        } => {
            finite(&[r_ft_pu, x_ft_pu, r_tf_pu, x_tf_pu, g_f_pu, b_f_pu, g_t_pu, b_t_pu, shift_deg])?;
            positive(sn_mva, "rated power")?;
            positive(ratio, "ratio")?;
            let scale = base_mva / sn_mva;
            let (z_f, z_t) = (Complex::new(r_ft_pu, x_ft_pu).scale(scale), Complex::new(r_tf_pu, x_tf_pu).scale(scale));
            if z_f == Complex::ZERO || z_t == Complex::ZERO {
                return if ratio == 1.0 && shift_deg == 0.0 {
                    Ok((Kind::Joint, Rating::None))
                } else {
                    Err("it has no impedance, but a ratio".to_owned())
                };
            }
            let (y_f, y_t) =
                (Complex::new(g_f_pu, b_f_pu).scale(1.0 / scale), Complex::new(g_t_pu, b_t_pu).scale(1.0 / scale));
            let turn = Complex::from_polar_deg(ratio, shift_deg);
            let rating = rating_mva.filter(|mva| *mva > 0.0).map_or(Rating::None, Rating::Apparent);
            two_port(general(z_f, z_t, y_f, y_t, turn), rating)
        }
        PowerBranchKind::Switch { z_ohm, .. } => {
            finite(&[z_ohm])?;
            if z_ohm <= 0.0 {
                return Ok((Kind::Joint, Rating::None));
            }
            let z_pu = z_ohm * base_mva / (vn_kv[0] * vn_kv[0]);
            let part = 1.0 / (1.0 + SWITCH_RX * SWITCH_RX).sqrt();
            two_port(
                TwoPort::pi(0, 0, Complex::new(z_pu * SWITCH_RX * part, z_pu * part), Complex::ZERO, Complex::ONE),
                Rating::None,
            )
        }
    }
}

/// A two-port of series impedances seen from both ends, admittances to earth at both ends, and an ideal transformer.
fn general(z_f: Complex, z_t: Complex, y_f: Complex, y_t: Complex, turn: Complex) -> TwoPort {
    let (s_f, s_t) = (z_f.inverse(), z_t.inverse());
    TwoPort {
        from: 0,
        to: 0,
        ff: (s_f + y_f).scale(1.0 / turn.norm_squared()),
        ft: -(s_f / turn.conj()),
        tf: -(s_t / turn),
        tt: s_t + y_t,
        shift_deg: turn.angle_deg(),
    }
}

fn two_port(two_port: TwoPort, rating: Rating) -> Result<(Kind, Rating), String> {
    let fine = [two_port.ff, two_port.ft, two_port.tf, two_port.tt].iter().all(|y| y.is_finite());
    if fine { Ok((Kind::TwoPort(two_port), rating)) } else { Err("its admittance is not finite".to_owned()) }
}

fn finite(values: &[f64]) -> Result<(), String> {
    if values.iter().all(|value| value.is_finite()) { Ok(()) } else { Err("a value is not finite".to_owned()) }
}

fn positive(value: f64, what: &str) -> Result<f64, String> {
    if value.is_finite() && value > 0.0 { Ok(value) } else { Err(format!("its {what} is {value}")) }
}

fn at_least_one(parallel: u32) -> Result<f64, String> {
    if parallel > 0 { Ok(f64::from(parallel)) } else { Err("it has 0 parallel systems".to_owned()) }
}

/// A transformer: T equivalent with the magnetizing branch in its middle, turned into π.
fn transformer(kind: &PowerBranchKind, vn_bus_kv: [f64; 2], base_mva: f64) -> Result<(Kind, Rating), String> {
    let PowerBranchKind::Transformer {
        sn_mva,
        vn_hv_kv,
        vn_lv_kv,
        vk_percent,
        vkr_percent,
        pfe_kw,
        i0_percent,
        parallel,
        derating,
        ..
    } = *kind
    else {
        return Err("it is no transformer".to_owned());
    };
    finite(&[vk_percent, vkr_percent, pfe_kw, i0_percent])?;
    positive(sn_mva, "rated power")?;
    positive(vn_hv_kv, "rated high voltage")?;
    positive(vn_lv_kv, "rated low voltage")?;
    let units = at_least_one(parallel)?;
    let (hv_kv, lv_kv, shift_deg) = tapped(kind);
    positive(hv_kv, "high voltage at this tap")?;
    positive(lv_kv, "low voltage at this tap")?;
    // Short-circuit impedance, seen from the low side.
    let to_base = (lv_kv / vn_bus_kv[1]).powi(2) * base_mva / sn_mva / 100.0;
    let (z_pu, r_pu) = (vk_percent * to_base, vkr_percent * to_base);
    let squared = z_pu * z_pu - r_pu * r_pu;
    if squared < 0.0 || z_pu == 0.0 {
        return Err(format!("its short-circuit voltage is {vk_percent} %, the real part of it {vkr_percent} %"));
    }
    let z = Complex::new(r_pu, z_pu.signum() * squared.sqrt()).scale(1.0 / units);
    let pfe_mw = pfe_kw * 1e-3;
    let ym_mva = i0_percent / 100.0 * sn_mva;
    let b_mvar = -(ym_mva * ym_mva - pfe_mw * pfe_mw).max(0.0).sqrt();
    let y = Complex::new(pfe_mw, b_mvar).scale(vn_bus_kv[1] * vn_bus_kv[1] / base_mva * units / (lv_kv * lv_kv));
    let ratio = hv_kv / lv_kv / (vn_bus_kv[0] / vn_bus_kv[1]);
    let turn = Complex::from_polar_deg(ratio, shift_deg);
    let rating = if sn_mva * derating > 0.0 {
        Rating::Power { sn_mva: sn_mva * units * derating, vn_kv: [vn_hv_kv, vn_lv_kv] }
    } else {
        Rating::None
    };
    if y == Complex::ZERO {
        return two_port(general(z, z, Complex::ZERO, Complex::ZERO, turn), rating);
    }
    let (half, earth) = (z.scale(0.5), y.inverse());
    let sum = half * half + (half * earth).scale(2.0);
    let across = sum / earth;
    let aside = half / sum;
    two_port(general(across, across, aside, aside, turn), rating)
}

/// Rated voltages and shift at the position of the tap changer.
fn tapped(kind: &PowerBranchKind) -> (f64, f64, f64) {
    let PowerBranchKind::Transformer {
        vn_hv_kv,
        vn_lv_kv,
        shift_deg,
        tap_side,
        tap_changer,
        tap_pos,
        tap_neutral,
        tap_step_percent,
        tap_step_deg,
        ..
    } = *kind
    else {
        return (0.0, 0.0, 0.0);
    };
    let (Some(side), Some(changer), Some(position), Some(neutral)) = (tap_side, tap_changer, tap_pos, tap_neutral)
    else {
        return (vn_hv_kv, vn_lv_kv, shift_deg);
    };
    let steps = position - neutral;
    let (percent, degrees) = (tap_step_percent.unwrap_or(0.0), tap_step_deg.unwrap_or(0.0));
    let (rated_kv, direction) = match side {
        TapSide::Hv => (vn_hv_kv, 1.0),
        TapSide::Lv => (vn_lv_kv, -1.0),
    };
    let (tapped_kv, turned_deg) = match changer {
        TapChanger::Ideal => {
            let turned = if degrees == 0.0 {
                2.0 * (steps * percent / 100.0 / 2.0).clamp(-1.0, 1.0).asin().to_degrees()
            } else {
                steps * degrees
            };
            (rated_kv, direction * turned)
        }
        TapChanger::Ratio | TapChanger::Symmetrical => {
            let added_kv = rated_kv * steps * percent / 100.0;
            let (sin, cos) = if degrees == 0.0 { (0.0, 1.0) } else { degrees.to_radians().sin_cos() };
            let (along, aside) = (rated_kv + added_kv * cos, added_kv * sin);
            (along.hypot(aside), (direction * aside / along).atan().to_degrees())
        }
    };
    match side {
        TapSide::Hv => (tapped_kv, vn_lv_kv, shift_deg + turned_deg),
        TapSide::Lv => (vn_hv_kv, tapped_kv, shift_deg + turned_deg),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_kilometre() {
        let line = PowerBranchKind::Line {
            length_km: 1.0,
            r_ohm_per_km: 0.4,
            x_ohm_per_km: 0.3,
            c_nf_per_km: 0.0,
            g_us_per_km: 0.0,
            max_i_ka: 0.2,
            parallel: 2,
            derating: 0.5,
            overhead: false,
            in_service: true,
        };
        // 20 kV and 1 MVA are 400 Ω; two systems halve the impedance: 0.0005 + j0.000375 p.u.
        let (Kind::TwoPort(two_port), rating) = of(&line, [20.0, 20.0], 1.0).unwrap() else { panic!() };
        let z = -two_port.ft.inverse();
        assert!((z - Complex::new(0.0005, 0.000_375)).abs() < 1e-12);
        assert_eq!(rating, Rating::Current(0.2));
    }
}
