//! Power networks through the doors and the law: voltages, angles, flows and single failures as pandapower 3.3.3 computes
//! them, and places on the map.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::needless_range_loop,
    clippy::ptr_arg,
    reason = "a test may end there, and says what it compared"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use twin::{
    Findings, Id, Silent, Table, Twin,
    outcome::{BranchFlow, Restoration},
    utility::{PowerBranch, PowerUnitKind},
};
use twin_io::{ImportOptions, import, project::Projector};
use twin_power::{
    Changes, Model, State, best_tie_by_topology,
    model::power_flow,
    n1::{self, Each},
    solve::Options,
};

fn data() -> Option<PathBuf> {
    let root = std::env::var_os("STADTWIN_DATA").map(|root| PathBuf::from(root).join("power"));
    if root.is_none() {
        println!("STADTWIN_DATA is not set: golden networks are not checked");
    }
    root
}

fn read(path: PathBuf) -> Twin {
    import(&[path], &ImportOptions::default(), &Silent).unwrap_or_else(|findings| panic!("{findings}")).twin
}

/// Every pandapower network, by name.
fn networks() -> Vec<(String, PathBuf, Twin)> {
    let Some(root) = data() else { return Vec::new() };
    let mut folders: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|folder| folder.join("ref_bus.csv").exists())
        .collect();
    folders.sort();
    assert!(folders.len() >= 13);
    folders
        .into_iter()
        .map(|folder| {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            let file = ["json", "json.gz"].map(|end| folder.join(format!("{name}.{end}")));
            let file = file.into_iter().find(|file| file.exists()).unwrap();
            (name, folder, read(file))
        })
        .collect()
}

/// Rows of a reference table by column; empty cells are not numbers.
fn table(path: PathBuf) -> Option<(Vec<String>, Vec<Vec<f64>>)> {
    let text = fs::read_to_string(path).ok()?;
    let mut lines = text.lines();
    let columns = lines.next()?.split(',').map(str::to_owned).collect();
    let rows = lines.map(|line| line.split(',').map(|cell| cell.parse().unwrap_or(f64::NAN)).collect()).collect();
    Some((columns, rows))
}

fn by_key(twin: &Twin) -> BTreeMap<String, usize> {
    let buses = twin.power.nodes().map(|(id, bus)| (bus.key.to_string(), id.index()));
    buses.chain(twin.power.links().map(|(id, branch)| (branch.key.to_string(), id.index()))).collect()
}

#[test]
fn every_network_is_solved_as_pandapower_does() {
    for (name, folder, twin) in networks() {
        let (model, mut findings) = Model::of(&twin);
        let (state, status) = power_flow(&model, &model.state(), &Options::default(), false, &mut findings);
        assert!(status.is_fine(), "{name}: {status:?} {findings}");
        let index = by_key(&twin);
        let (mut worst_vm, mut worst_va, mut worst_flow, mut worst_loading) = (0f64, 0f64, 0f64, 0f64);
        let (_, buses) = table(folder.join("ref_bus.csv")).unwrap();
        for row in &buses {
            let bus = index[&format!("power_bus/{}", row[0])];
            let Some(vm) = state.vm_pu[bus] else {
                assert!(row[1].is_nan(), "{name}: bus {} is dark", row[0]);
                continue;
            };
            worst_vm = worst_vm.max((vm - row[1]).abs());
            let turned = (state.va_deg[bus].unwrap() - row[2]).abs();
            worst_va = worst_va.max(turned.min((turned - 360.0).abs()));
        }
        for (file, prefix) in [("ref_line.csv", "power_line"), ("ref_trafo.csv", "power_transformer")] {
            let Some((columns, rows)) = table(folder.join(file)) else { continue };
            let loading = columns.iter().position(|column| column == "loading_percent").unwrap();
            for row in rows {
                let flow = state.flow[index[&format!("{prefix}/{}", row[0])]].unwrap_or_default();
                let own = [flow.p_from_mw, flow.q_from_mvar, flow.p_to_mw, flow.q_to_mvar];
                for (own, wanted) in own.iter().zip(&row[1..5]) {
                    worst_flow = worst_flow.max((own - if wanted.is_nan() { 0.0 } else { *wanted }).abs());
                }
                if let (Some(own), true) = (flow.loading_percent, row[loading].is_finite()) {
                    worst_loading = worst_loading.max((own - row[loading]).abs());
                }
            }
        }
        println!(
            "{name}: {worst_vm:.1e} p.u., {worst_va:.1e}°, {worst_flow:.1e} MVA, {worst_loading:.1e} % of loading"
        );
        assert!(worst_vm < 1e-6 && worst_va < 1e-5 && worst_flow < 1e-4 && worst_loading < 1e-3, "{name}");
    }
}

#[test]
fn single_failures_are_those_of_the_reference() {
    for (name, folder, twin) in networks() {
        let Some((_, wanted)) = table(folder.join("ref_n1_lines.csv")) else { continue };
        let (model, _) = Model::of(&twin);
        let assets = n1::assets(&twin, Each::Line);
        let options = n1::Options { restore: false, ..n1::Options::default() };
        let failures = n1::n1(&model, &assets, &options, &Silent).unwrap();
        for row in &wanted {
            let at = assets.iter().position(|asset| asset.key == format!("power_line/{}", row[0])).unwrap();
            let failure = &failures[at];
            assert_eq!(failure.end.is_converged(), row[2] == 1.0, "{name} {}", row[0]);
            assert_eq!(f64::from(failure.dark_buses), row[3], "{name} {}", row[0]);
            assert!((failure.lost_mw - row[4]).abs() < 1e-6, "{name} {}", row[0]);
            assert!((failure.min_vm_pu - row[5]).abs() < 1e-6, "{name} {}", row[0]);
            assert!((failure.max_line_loading_percent - row[6]).abs() < 1e-4, "{name} {}", row[0]);
            let worst = twin.power.link(Id::new(failure.worst_line.unwrap() as usize)).key.to_string();
            assert_eq!(worst, format!("power_line/{}", row[7]), "{name} {}", row[0]);
        }
        println!("{name}: {} single failures agree", wanted.len());
        let Ok(ties) = fs::read_to_string(folder.join("ref_n1_tie_restoration.csv")) else { continue };
        for line in ties.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let asset = assets.iter().find(|asset| asset.key == format!("power_line/{}", cells[0])).unwrap();
            match best_tie_by_topology(&model, asset) {
                None => assert!(cells[2].is_empty(), "{name} {line}"),
                Some((switch, dark_mw, dark_buses)) => {
                    assert_eq!(switch.as_str(), format!("power_switch/{}", cells[2]), "{name} {line}");
                    assert!((dark_mw - cells[3].parse::<f64>().unwrap()).abs() < 1e-6, "{name} {line}");
                    assert_eq!(dark_buses.to_string(), cells[4], "{name} {line}");
                }
            }
        }
        println!("{name}: {} ties agree", ties.lines().count() - 1);
    }
}

/// Every single opening with every one or two closings, by the power flow of the whole network: the least load that stays dark, and the
/// fewest switchings for it.
fn best_by_pairs(twin: &Twin, model: &Model, failed: &n1::Asset, before: &Broken) -> (f64, usize) {
    let keeps = |state: &State| broken(twin, model, state).is_some_and(|(now, _)| now.is_subset(before));
    let mut out = model.state();
    failed.branches.iter().for_each(|&branch| out.branch[branch as usize] = false);
    let dark = model.dark(&out);
    let ends = |branch: Id<PowerBranch>| {
        let (from, to) = twin.power.ends(branch);
        (dark[from.index()], dark[to.index()])
    };
    let (mut ties, mut lines) = (Vec::new(), Vec::new());
    for (id, switch) in twin.power_end_switches.iter() {
        let (from, to) = ends(switch.branch);
        if failed.branches.contains(&(switch.branch.index() as u32)) {
            continue;
        }
        if !switch.closed && from != to {
            ties.push(id.index());
        } else if switch.closed && from && to {
            lines.push(id.index());
        }
    }
    let lost =
        |dark: &[bool]| -> f64 { model.customers().filter(|(bus, ..)| dark[*bus as usize]).map(|(_, _, mw)| mw).sum() };
    let mut best = (lost(&dark), 0);
    let mut look = |state: &State, n_steps: usize| {
        let now = model.dark(state);
        let lost = lost(&now);
        // A power flow only where it could be better.
        if (lost < best.0 - 1e-9 || (lost < best.0 + 1e-9 && n_steps < best.1)) && keeps(state) {
            best = (lost, n_steps);
        }
    };
    for &tie in &ties {
        let mut state = out.clone();
        state.end_switch[tie] = true;
        look(&state, 1);
    }
    for &line in &lines {
        for (number, &tie) in ties.iter().enumerate() {
            let mut state = out.clone();
            (state.end_switch[line], state.end_switch[tie]) = (false, true);
            look(&state, 2);
            let alone = model.dark(&state);
            for &other in &ties[number + 1..] {
                let of = twin.power_end_switches.rows()[other].branch;
                let (from, to) = twin.power.ends(of);
                // Two ties do not feed the same.
                if alone[from.index()] != alone[to.index()] {
                    state.end_switch[other] = true;
                    look(&state, 3);
                    state.end_switch[other] = false;
                }
            }
        }
    }
    best
}

/// Whether the whole network keeps band and ratings after what is proposed, beyond what was broken before.
fn keeps_limits(twin: &Twin, model: &Model, failed: &n1::Asset, found: &Restoration, before: &Broken) -> bool {
    let mut state = model.state();
    failed.branches.iter().for_each(|&branch| state.branch[branch as usize] = false);
    for step in &found.steps {
        let at_end = twin.power_end_switches.iter().find(|(_, switch)| switch.key == step.switch);
        match at_end {
            Some((id, _)) => state.end_switch[id.index()] = step.close,
            None => {
                let (id, _) = twin.power.links().find(|(_, branch)| branch.key == step.switch).unwrap();
                state.branch[id.index()] = step.close;
            }
        }
    }
    let fine = broken(twin, model, &state).is_some_and(|(now, _)| now.is_subset(before));
    assert_eq!(fine, found.within_limits, "{} {found:?}", failed.key);
    fine
}

/// Buses out of their band and branches over their rating.
type Broken = BTreeSet<(bool, usize)>;

/// What a state breaks, and its load without supply, MW; nothing where it has no power flow.
fn broken(twin: &Twin, model: &Model, state: &State) -> Option<(Broken, f64)> {
    let (solved, status) = power_flow(model, state, &Options::default(), false, &mut Findings::default());
    let buses = twin.power.nodes().filter(|(id, bus)| {
        let band = bus.min_vm_pu.unwrap_or(0.9)..=bus.max_vm_pu.unwrap_or(1.1);
        solved.vm_pu[id.index()].is_some_and(|vm_pu| !band.contains(&vm_pu))
    });
    let overloaded =
        |flow: &Option<BranchFlow>| flow.and_then(|flow| flow.loading_percent).is_some_and(|of| of > 100.0);
    let branches = solved.flow.iter().enumerate().filter(|(_, flow)| overloaded(flow));
    let broken = buses.map(|(id, _)| (true, id.index())).chain(branches.map(|(branch, _)| (false, branch))).collect();
    status.is_fine().then(|| (broken, model.totals(state, &solved).unsupplied_mw))
}

#[test]
fn restoration_is_no_worse_than_any_pair_of_ties() {
    let Some(root) = data() else { return };
    let mut twin = read(root.join("mv_oberrhein/mv_oberrhein.json"));
    for (factor, wanted) in [(1.0, [175, 47, 19]), (1.25, [175, 87, 44])] {
        let mut units = Table::new();
        for mut unit in twin.power_units.rows().iter().cloned() {
            if let PowerUnitKind::Load { scaling, .. } = &mut unit.kind {
                *scaling *= factor;
            }
            units.push(unit);
        }
        twin.power_units = units;
        let (model, _) = Model::of(&twin);
        let assets = n1::assets(&twin, Each::Line);
        let failures = n1::n1(&model, &assets, &n1::Options::default(), &Silent).unwrap();
        let (before, _) = broken(&twin, &model, &model.state()).unwrap();
        let (mut n_compared, mut n_divided, mut n_better) = (0, 0, 0);
        for (asset, failure) in assets.iter().zip(&failures) {
            let Some(found) = &failure.restoration else { continue };
            let (dark_mw, n_steps) = best_by_pairs(&twin, &model, asset, &before);
            let is_better = found.dark_mw < dark_mw - 1e-9;
            let is_equal = (found.dark_mw - dark_mw).abs() <= 1e-9 && found.steps.len() == n_steps;
            assert!(is_better || is_equal, "{} ×{factor}: {found:?}, by pairs {dark_mw} MW {n_steps}", asset.key);
            // What is proposed keeps the limits by the power flow of the whole network, too.
            assert!(
                found.steps.is_empty() || keeps_limits(&twin, &model, asset, found, &before),
                "{} ×{factor}",
                asset.key
            );
            assert!(!found.is_thinned);
            n_compared += 1;
            n_divided += usize::from(found.steps.iter().any(|step| !step.close));
            n_better += usize::from(is_better);
        }
        println!("×{factor}: {n_compared} restorations, {n_divided} with divisions, {n_better} better than any pair");
        assert_eq!([n_compared, n_divided, n_better], wanted);
    }
}

#[test]
fn matpower_cases_are_solved_as_by_others() {
    let Some(root) = data() else { return };
    // The tables of pandapower for these two cases are MATPOWER's own; case118 and case9241pegase differ from them in
    // branches. There, the losses of an independent Newton solve of the same file stand in (118: MATPOWER's 132.863 MW).
    for (name, losses_mw, compared) in [
        ("case33bw", 0.202_677, true),
        ("case1354pegase", 1_663.467_5, true),
        ("case118", 132.862_87, false),
        ("case9241pegase", 7_931.720_4, false),
    ] {
        let twin = read(root.join(format!("matpower/{name}.m")));
        let (model, mut findings) = Model::of(&twin);
        let (state, status) = power_flow(&model, &model.state(), &Options::default(), false, &mut findings);
        assert!(status.is_fine(), "{name}: {status:?}");
        let totals = model.totals(&model.state(), &state);
        assert!((totals.losses_mw / losses_mw - 1.0).abs() < 1e-6, "{name}: {}", totals.losses_mw);
        if !compared {
            continue;
        }
        let (columns, rows) = table(root.join(format!("{name}/ppc_bus.csv"))).unwrap();
        let [vm, va] = ["Vm", "Va"].map(|name| columns.iter().position(|column| column == name).unwrap());
        for (bus, row) in rows.iter().enumerate() {
            assert!((state.vm_pu[bus].unwrap() - row[vm]).abs() < 1e-6, "{name} row {bus}");
            assert!((state.va_deg[bus].unwrap() - row[va]).abs() < 1e-5, "{name} row {bus}");
        }
    }
}

#[test]
fn german_networks_lie_where_they_are() {
    let Some(root) = data() else { return };
    for (name, west, south, east, north) in
        [("mv_oberrhein", 7.74, 48.32, 7.94, 48.48), ("lv_schutterwald", 7.87, 48.44, 7.91, 48.47)]
    {
        let twin = read(root.join(format!("{name}/{name}.json")));
        assert_eq!(twin.crs.epsg, 25832, "{name}");
        let projector = Projector::new(twin.crs.epsg).unwrap();
        for (_, bus) in twin.power.nodes() {
            let at = projector.wgs84_from_local(bus.position).unwrap();
            assert!((west..east).contains(&at.x) && (south..north).contains(&at.y), "{name} {}: {at:?}", bus.key);
        }
        let n_bent = twin.power.links().filter(|(_, branch)| branch.geometry.0.len() > 2).count();
        assert!(n_bent > 50, "{name}: the courses of {n_bent} lines have more than their ends");
    }
}

#[test]
fn buses_lie_where_an_independent_projection_puts_them() {
    let Some(root) = data() else { return };
    // Longitudes and latitudes of the files by Krüger's series to the sixth order (Karney 2011, equations 7 to 11) on GRS80, zone 32:
    // computed apart from PROJ.
    for (name, bus, east_m, north_m) in [
        ("mv_oberrhein", 0, 408626.0505, 5362709.9105),
        ("mv_oberrhein", 144, 412041.7665, 5360058.5649),
        ("mv_oberrhein", 319, 408404.8823, 5365933.1494),
        ("lv_schutterwald", 1, 416668.0845, 5368013.3576),
        ("lv_schutterwald", 1472, 417280.1120, 5367769.0550),
        ("lv_schutterwald", 2999, 418672.5054, 5367493.3603),
    ] {
        let twin = read(root.join(format!("{name}/{name}.json")));
        let key = format!("power_bus/{bus}");
        let (_, found) = twin.power.nodes().find(|(_, node)| node.key.as_str() == key).unwrap();
        let off_m = (found.position.x - east_m).hypot(found.position.y - north_m);
        assert!(off_m < 1e-3, "{name} {key}: {:?} is {off_m} m off", found.position);
    }
}

/// What may be wrong with a file: it is cut off, tables are missing or empty, values are no numbers or absurd.
fn damaged(text: &str) -> Vec<(String, String)> {
    let mut variants: Vec<(String, String)> = [0.1, 0.5, 0.9, 0.999]
        .into_iter()
        .map(|part| {
            let cut = (text.len() as f64 * part) as usize;
            (format!("cut off at {part}"), text.chars().take(cut).collect())
        })
        .collect();
    for table in ["bus", "line", "trafo", "switch", "load", "ext_grid"] {
        variants.push((format!("without {table}"), text.replace(&format!("\"{table}\": {{"), "\"gone\": {")));
    }
    for (from, to) in [("0.4", "NaN"), ("20.0", "-20.0"), ("true", "\\\"yes\\\""), ("110.0", "null"), ("0.6", "1e308")]
    {
        variants.push((format!("{from} as {to}"), text.replace(from, to)));
    }
    variants
}

#[test]
fn damaged_networks_are_told_and_never_silent() {
    let Some(root) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(root.join("mv_oberrhein/mv_oberrhein.json")).unwrap();
    let (mut n_refused, mut n_dark) = (0, 0);
    for (what, damaged) in damaged(&text) {
        assert!(damaged != text, "{what} changes nothing");
        let text = damaged;
        let path = folder.path().join("net.json");
        fs::write(&path, &text).unwrap();
        let imported = match import(&[path], &ImportOptions::default(), &Silent) {
            Err(findings) => {
                assert!(findings.has_errors(), "{what}");
                n_refused += 1;
                continue;
            }
            Ok(imported) => imported,
        };
        let (model, mut findings) = Model::of(&imported.twin);
        let (state, status) = power_flow(&model, &model.state(), &Options::default(), true, &mut findings);
        assert!(state.vm_pu.iter().flatten().all(|vm| vm.is_finite()), "{what}");
        if state.vm_pu.iter().all(Option::is_none) {
            assert!(!findings.0.is_empty(), "{what}: {status:?} without a word");
            n_dark += 1;
        }
        println!("{what}: {status:?}, {} findings", findings.0.len());
        let failures =
            n1::n1(&model, &n1::assets(&imported.twin, Each::Line), &n1::Options::default(), &Silent).unwrap();
        assert!(failures.iter().all(|failure| failure.min_vm_pu.is_finite()), "{what}");
    }
    println!("{n_refused} damaged files refused, {n_dark} dark with a word");
    // Without loads or switches a network is a network still; without a feeding grid it is dark.
    assert!(n_refused >= 10 && n_dark >= 1, "{n_refused} {n_dark}");
}

#[test]
fn a_collapse_names_a_bus_and_restores_nothing_beyond_limits() {
    let Some(root) = data() else { return };
    let twin = read(root.join("mv_oberrhein/mv_oberrhein.json"));
    let changes = Changes { demand_factor: 20.0, ..Changes::default() };
    let (model, mut findings) = Model::with(&twin, &changes);
    let (state, status) = power_flow(&model, &model.state(), &Options::default(), false, &mut findings);
    assert!(!status.is_fine() && state.vm_pu.iter().all(Option::is_none));
    let told = findings.iter().find(|finding| finding.code == "power-not-converged").unwrap();
    assert!(told.key.as_ref().unwrap().as_str().starts_with("power_bus/"), "{told:?}");
    let failures = n1::n1(&model, &n1::assets(&twin, Each::Line), &n1::Options::default(), &Silent).unwrap();
    assert!(failures.iter().any(|failure| !failure.end.is_converged()));
    for failure in &failures {
        assert!(failure.restoration.as_ref().is_none_or(|restoration| restoration.steps.is_empty()), "{failure:?}");
    }
}

#[test]
fn loads_follow_the_voltage_as_a_scenario_asks() {
    let Some(root) = data() else { return };
    let twin = read(root.join("mv_oberrhein/mv_oberrhein.json"));
    let solved = |changes: &Changes| {
        let (model, mut findings) = Model::with(&twin, changes);
        let (state, status) = power_flow(&model, &model.state(), &Options::default(), false, &mut findings);
        assert!(status.is_fine());
        // By bus with customers: what is drawn over the square of the voltage, as part of what is drawn at rated voltage.
        let mut rated: BTreeMap<usize, f64> = BTreeMap::new();
        model.customers().for_each(|(bus, _, mw)| *rated.entry(bus as usize).or_default() += mw);
        let ratio =
            |(&bus, rated): (&usize, &f64)| state.p_mw[bus].unwrap() / state.vm_pu[bus].unwrap().powi(2) / rated;
        (model.totals(&model.state(), &state), rated.iter().map(ratio).collect::<Vec<f64>>())
    };
    let (base, drawn) = solved(&Changes::default());
    assert!(drawn.iter().any(|ratio| (ratio - 1.0).abs() > 1e-3), "of constant power it is not");
    // Of constant impedance alone, what is drawn over the square of the voltage is what is drawn at rated voltage.
    let (earth, drawn) = solved(&Changes { constant_impedance: 1.0, ..Changes::default() });
    assert!(drawn.iter().all(|ratio| (ratio - 1.0).abs() < 1e-9), "{drawn:?}");
    assert!((earth.losses_mw - base.losses_mw).abs() > 1e-4);
    let (double, _) = solved(&Changes { demand_factor: 2.0, ..Changes::default() });
    assert!((double.supplied_mw / base.supplied_mw - 2.0).abs() < 1e-9 && double.min_vm_pu < base.min_vm_pu);
}

#[test]
fn generators_stay_within_their_reactive_limits_where_asked() {
    let Some(root) = data() else { return };
    let twin = read(root.join("matpower/case118.m"));
    let (model, mut findings) = Model::of(&twin);
    let mut solved = |enforce: bool| {
        let (state, status) = power_flow(&model, &model.state(), &Options::default(), enforce, &mut findings);
        assert!(status.is_fine());
        // What generators make: what flows out less what is drawn by loads and shunts, by bus.
        let mut broken = 0;
        let mut limits: BTreeMap<usize, (f64, f64, f64)> = BTreeMap::new();
        for unit in twin.power_units.rows() {
            match unit.kind {
                PowerUnitKind::Generator { min_q_mvar, max_q_mvar, slack: false, .. } => {
                    let of = limits.entry(unit.bus.index()).or_default();
                    (of.0, of.1) = (of.0 + min_q_mvar.unwrap(), of.1 + max_q_mvar.unwrap());
                }
                PowerUnitKind::Load { q_mvar, .. } => limits.entry(unit.bus.index()).or_default().2 += q_mvar,
                PowerUnitKind::Shunt { q_mvar, .. } => {
                    let vm = state.vm_pu[unit.bus.index()].unwrap();
                    limits.entry(unit.bus.index()).or_default().2 += q_mvar * vm * vm;
                }
                _ => {}
            }
        }
        for (bus, (low, high, drawn)) in limits.into_iter().filter(|(_, (low, high, _))| low < high) {
            let made = drawn + twin.power[Id::new(bus)].load_mvar - state.q_mvar[bus].unwrap();
            broken += usize::from(made < low - 1e-3 || made > high + 1e-3);
        }
        broken
    };
    assert!(solved(false) > 0, "the limits do not bind: the case tests nothing");
    assert_eq!(solved(true), 0);
}

#[test]
fn a_network_reads_back_from_its_twin_as_it_was() {
    let Some(root) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    for name in ["mv_oberrhein", "cigre_mv", "case118"] {
        let twin = read(root.join(format!("{name}/{name}.json")));
        let path = folder.path().join(format!("{name}.gpkg"));
        twin_io::gpkg::write_twin(&twin, &path).unwrap();
        assert_eq!(twin_io::gpkg::read_twin(&path).unwrap(), twin, "{name}");
    }
}
