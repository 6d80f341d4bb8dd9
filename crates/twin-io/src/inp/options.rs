//! Options and times of an EPANET file, and the scale of its units.

use twin::{
    Finding,
    scenario::WaterDemandModel,
    water::{CUBIC_FOOT_M3, FOOT_M, FlowUnits, HeadLossFormula, PressureUnits, WaterSettings},
};

use super::text::{Complaints, Line, begins, column, hours, number};

/// SI units in one unit of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub(super) flow_m3_s: f64,
    pub(super) length_m: f64,
    pub(super) diameter_m: f64,
    /// Millimetres in a unit of Darcy–Weisbach roughness (millifeet or millimetres).
    pub(super) roughness_mm: f64,
    pub(super) power_w: f64,
    pub(super) pressure_m: f64,
    pub(super) volume_m3: f64,
    /// Metres of pressure in the unit in which emitters are given (psi or metres).
    pub(super) emitter_m: f64,
    /// Whether the lines are the twin's own, all in SI units: then nothing is rounded as EPANET does.
    pub(super) own: bool,
}

impl Scale {
    /// Everything in SI units.
    pub(super) const SI: Self = Self {
        flow_m3_s: 1.0,
        length_m: 1.0,
        diameter_m: 1.0,
        roughness_mm: 1.0,
        power_w: 1.0,
        pressure_m: 1.0,
        volume_m3: 1.0,
        emitter_m: 1.0,
        own: true,
    };

    /// The units of a file.
    pub(super) fn of(settings: &WaterSettings) -> Self {
        let us = settings.flow_units.is_us();
        let length_m = settings.flow_units.length_m();
        Self {
            flow_m3_s: settings.flow_units.m3_s(),
            length_m,
            diameter_m: if us { FOOT_M / 12.0 } else { 1e-3 },
            roughness_mm: length_m,
            power_w: if us { 745.7 } else { 1000.0 },
            pressure_m: settings.pressure_units.m(settings.specific_gravity),
            volume_m3: length_m * length_m * length_m,
            emitter_m: if us { PressureUnits::Psi.m(settings.specific_gravity) } else { 1.0 },
            own: false,
        }
    }
}

/// EPANET's defaults for a file.
pub(super) fn defaults() -> WaterSettings {
    WaterSettings {
        flow_units: FlowUnits::Gpm,
        pressure_units: PressureUnits::Psi,
        formula: HeadLossFormula::HazenWilliams,
        default_pattern: Some("1".to_owned()),
        ..WaterSettings::default()
    }
}

/// Options of a file. Options about water quality are returned for carrying.
pub(super) fn options(lines: &[Line<'_>], own: bool, complaints: &mut Complaints<'_>) -> (WaterSettings, Vec<String>) {
    let mut reader =
        Options { settings: defaults(), own, pressure: None, pressures: Pressures::default(), carried: Vec::new() };
    if own {
        reader.settings.default_pattern = None;
    }
    for line in lines {
        reader.line(line, complaints);
    }
    let mut settings = reader.settings;
    settings.pressure_units =
        reader.pressure.unwrap_or(if settings.flow_units.is_us() { PressureUnits::Psi } else { PressureUnits::Meters });
    // Pressures and limits are converted once all units are known.
    let scale = if own { Scale::SI } else { Scale::of(&settings) };
    settings.minimum_pressure_m = reader.pressures.minimum.unwrap_or(0.0) * scale.pressure_m;
    settings.required_pressure_m = reader.pressures.required.map(|pressure| pressure * scale.pressure_m);
    // EPANET's default: a tenth of a unit above the minimum.
    if settings.demand_model == WaterDemandModel::Pda && settings.required_pressure_m.is_none() && !own {
        settings.required_pressure_m = Some((reader.pressures.minimum.unwrap_or(0.0) + 0.1) * scale.pressure_m);
    }
    settings.head_error_m *= scale.length_m;
    settings.flow_change_m3_s *= scale.flow_m3_s;
    (settings, reader.carried)
}

#[derive(Default)]
struct Pressures {
    minimum: Option<f64>,
    required: Option<f64>,
}

struct Options {
    settings: WaterSettings,
    own: bool,
    pressure: Option<PressureUnits>,
    pressures: Pressures,
    carried: Vec<String>,
}

impl Options {
    fn line(&mut self, line: &Line<'_>, complaints: &mut Complaints<'_>) {
        if !self.choice(line, complaints) {
            self.value(line, complaints);
        }
    }

    /// An option with words; whether it was one.
    fn choice(&mut self, line: &Line<'_>, complaints: &mut Complaints<'_>) -> bool {
        let Some(word) = line.word(1) else { return !line.is(0, "DEMAND") };
        let settings = &mut self.settings;
        let mut bad = |index: usize, choices: &str| {
            complaints.push(
                Finding::error("unknown-option", format!("`{}` is no value of this option.", line.words[index]))
                    .with_help(format!("Choose among {choices}."))
                    .with_field(line.words[0])
                    .with_position(line.number, column(line, index)),
            );
        };
        if line.is(0, "UNIT") {
            match flow_units(word) {
                Some(units) => settings.flow_units = units,
                None => bad(1, "CFS, GPM, MGD, IMGD, AFD, LPS, LPM, MLD, CMH, CMD, CMS"),
            }
        } else if line.is(0, "PRESSURE") && !line.is(1, "EXP") {
            match PressureUnits::ALL.iter().find(|units| begins(word, units.name())) {
                Some(units) => self.pressure = Some(*units),
                None => bad(1, "PSI, KPA, BAR, METERS, FEET"),
            }
        } else if line.is(0, "HEADL") {
            match word {
                _ if begins(word, "H-W") => settings.formula = HeadLossFormula::HazenWilliams,
                _ if begins(word, "D-W") => settings.formula = HeadLossFormula::DarcyWeisbach,
                _ if begins(word, "C-M") => settings.formula = HeadLossFormula::ChezyManning,
                _ => bad(1, "H-W, D-W, C-M"),
            }
        } else if line.is(0, "UNBA") {
            if begins(word, "STOP") {
                settings.extra_iterations = None;
            } else if begins(word, "CONT") {
                let extra = line.word(2).and_then(number).map_or(0, |extra| extra.clamp(0.0, 1e6) as u32);
                settings.extra_iterations = Some(extra);
            } else {
                bad(1, "STOP, CONTINUE");
            }
        } else if line.is(0, "PATT") {
            settings.default_pattern = Some(word.to_owned());
        } else if line.is(0, "DEMAND") && line.is(1, "MODEL") {
            match line.word(2) {
                Some(model) if begins(model, "DDA") => settings.demand_model = WaterDemandModel::Dda,
                Some(model) if begins(model, "PDA") => settings.demand_model = WaterDemandModel::Pda,
                Some(_) => bad(2, "DDA, PDA"),
                None => {}
            }
        } else if line.is(0, "BACK") && line.is(1, "ALLOW") {
            match line.word(2) {
                Some(word) if begins(word, "YES") => settings.emitter_backflow = true,
                Some(word) if begins(word, "NO") => settings.emitter_backflow = false,
                Some(_) => bad(2, "YES, NO"),
                None => {}
            }
        } else if ["QUAL", "MAP", "VERI", "HYDR", "SEGM", "TOLER", "DIFF"].iter().any(|keyword| line.is(0, keyword)) {
            self.carried.push(line.raw.trim().to_owned());
        } else {
            return false;
        }
        true
    }

    /// An option with a number.
    fn value(&mut self, line: &Line<'_>, complaints: &mut Complaints<'_>) {
        const TWO_WORDS: [&str; 6] = ["SPEC", "EMIT", "DEMAND", "MINI", "REQ", "PRESSURE"];
        let place = if TWO_WORDS.iter().any(|keyword| line.is(0, keyword)) { 2 } else { 1 };
        if line.word(place).is_none() {
            return;
        }
        let Some(value) = complaints.number(line, place, line.words[0]) else { return };
        let zero_allowed = ["DAMPLIMIT", "FLOWCHANGE", "HEADERROR", "MINI", "REQ", "PRESSURE"];
        let may_be_zero = zero_allowed.iter().any(|keyword| line.is(0, keyword));
        if value < 0.0 || (value == 0.0 && !may_be_zero) {
            complaints.push(
                Finding::error("out-of-range", format!("`{}` is {value}; it must be above zero.", line.words[0]))
                    .with_field(line.words[0])
                    .with_position(line.number, column(line, place)),
            );
            return;
        }
        let (foot_m, cubic_foot_m3) = if self.own { (1.0, 1.0) } else { (FOOT_M, CUBIC_FOOT_M3) };
        let settings = &mut self.settings;
        match () {
            () if line.is(0, "DAMPLIMIT") => settings.damping_limit = value,
            () if line.is(0, "FLOWCHANGE") => settings.flow_change_m3_s = value,
            () if line.is(0, "HEADERROR") => settings.head_error_m = value,
            () if line.is(0, "MINI") => self.pressures.minimum = Some(value),
            () if line.is(0, "REQ") => self.pressures.required = Some(value),
            () if line.is(0, "PRESSURE") => settings.pressure_exponent = value,
            // A small number is the viscosity itself, a large one a multiple of water's at 20 °C.
            () if line.is(0, "VISC") && self.own => settings.viscosity_m2_s = value,
            () if line.is(0, "VISC") && value > 1e-3 => settings.viscosity_m2_s = value * 1.1e-5 * FOOT_M * FOOT_M,
            () if line.is(0, "VISC") => {
                settings.viscosity_m2_s = if settings.flow_units.is_us() { value * FOOT_M * FOOT_M } else { value };
            }
            () if line.is(0, "SPEC") => settings.specific_gravity = value,
            () if line.is(0, "TRIAL") => settings.max_iterations = value.clamp(1.0, 1e6) as u32,
            () if line.is(0, "ACCU") => settings.accuracy = if self.own { value } else { value.clamp(1e-5, 1e-1) },
            () if line.is(0, "HTOL") => settings.head_tolerance_m = value * foot_m,
            () if line.is(0, "QTOL") => settings.flow_tolerance_m3_s = value * cubic_foot_m3,
            () if line.is(0, "RQTOL") => settings.least_gradient_s_m2 = value * foot_m / cubic_foot_m3,
            () if line.is(0, "CHECKFREQ") => settings.check_frequency = value.clamp(1.0, 1e6) as u32,
            () if line.is(0, "MAXCHECK") => settings.max_check = value.clamp(0.0, 1e6) as u32,
            () if line.is(0, "EMIT") => settings.emitter_exponent = value,
            () if line.is(0, "DEMAND") => settings.demand_multiplier = value,
            () => complaints.push(
                Finding::warning(
                    "unknown-option",
                    format!("`{}` is no option of EPANET; it is left out.", line.words[0]),
                )
                .with_position(line.number, column(line, 0)),
            ),
        }
    }
}

fn flow_units(word: &str) -> Option<FlowUnits> {
    if begins(word, "SI") {
        return Some(FlowUnits::Lps);
    }
    FlowUnits::ALL.iter().copied().find(|units| begins(word, units.name()))
}

/// Times of a file; lines that concern water quality or statistics are returned for carrying.
pub(super) fn times(lines: &[Line<'_>], settings: &mut WaterSettings, complaints: &mut Complaints<'_>) -> Vec<String> {
    let mut carried = Vec::new();
    for line in lines {
        if line.is(0, "STAT") || line.is(0, "QUAL") || line.is(0, "MINI") {
            carried.push(line.raw.trim().to_owned());
            continue;
        }
        let n = line.words.len();
        let Some(last) = line.words.last().filter(|_| n > 1) else {
            complaints.missing(line, "time");
            continue;
        };
        let time = hours(last, None).or_else(|| hours(line.words[n - 2], Some(last)));
        // EPANET rounds times to the nearest second.
        let seconds = time.filter(|hours| (0.0..=876_600.0).contains(hours)).map(|hours| (hours * 3600.0 + 0.5) as u64);
        let Some(seconds) = seconds else {
            complaints.push(
                Finding::error("not-a-time", format!("`{}` is no time.", line.words[1..].join(" ")))
                    .with_help("Write hours, `hh:mm`, or a number with SEC, MIN, HOURS or DAYS.")
                    .with_position(line.number, column(line, n - 1)),
            );
            continue;
        };
        match () {
            () if line.is(0, "DURA") => settings.duration_s = seconds,
            () if line.is(0, "HYDR") => settings.hydraulic_step_s = seconds,
            () if line.is(0, "RULE") => settings.rule_step_s = seconds,
            () if line.is(0, "PATT") && line.is(1, "TIME") => settings.pattern_step_s = seconds,
            () if line.is(0, "PATT") && line.is(1, "STAR") => settings.pattern_start_s = seconds,
            () if line.is(0, "REPO") && line.is(1, "TIME") => settings.report_step_s = seconds,
            () if line.is(0, "REPO") && line.is(1, "STAR") => settings.report_start_s = seconds,
            () if line.is(0, "STAR") => settings.start_clock_s = seconds % 86_400,
            () => complaints.push(
                Finding::warning(
                    "unknown-option",
                    format!("`{}` is no time of EPANET; it is left out.", line.words[0]),
                )
                .with_position(line.number, column(line, 0)),
            ),
        }
    }
    // EPANET's adjustments: no step above that of patterns or reports.
    let or_hour = |step: u64| if step == 0 { 3600 } else { step };
    settings.pattern_step_s = or_hour(settings.pattern_step_s);
    if settings.report_step_s == 0 {
        settings.report_step_s = settings.pattern_step_s;
    }
    settings.hydraulic_step_s =
        or_hour(settings.hydraulic_step_s).min(settings.pattern_step_s).min(settings.report_step_s);
    if settings.report_start_s > settings.duration_s {
        settings.report_start_s = 0;
    }
    carried
}
