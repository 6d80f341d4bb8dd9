//! Small cases by hand.

use super::*;

const SMALL: &str = "function mpc = small
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
	1	3	0	0	0	0	1	1.02	5	110	1	1.1	0.9;
	7	1	50	10	0	19	1	1	0	110	1	1.1	0.9;	% a comment
	8	2	0	0	0	0	1	1	0	110	1	1.1	0.9
];
mpc.gen = [
	1	0	0	Inf	-Inf	1.02	100	1	250	0;
	8	30	0	20	-20	1.01	100	1	250	0;
];
mpc.branch = [
	1	7	0.01	0.08	0.02	250	0	0	0	0	1	-360	360;
	7	8	0.01	0.08	0.02	0	0	0	0.98	30	1	-360	360;
];
mpc.gencost = [ 2 0 0 3 0 20 0; 2 0 0 3 0 20 0 ];
mpc.bus_name = { 'North'; 'Middle'; 'South' };
";

fn read_text(text: &str) -> Result<Imported, Findings> {
    read(Path::new("small.m"), text, &ImportOptions::default())
}

#[test]
fn a_small_case() {
    assert!(looks_like(SMALL) && !looks_like("<NUMBER OF ZONES> 3"));
    let twin = read_text(SMALL).unwrap().twin;
    assert_eq!((twin.name.as_str(), twin.power.n_nodes(), twin.power.n_links()), ("small", 3, 2));
    let (_, bus) = twin.power.nodes().nth(1).unwrap();
    assert_eq!((bus.key.as_str(), bus.name.as_deref(), bus.load_mw), ("power_bus/7", Some("Middle"), 50.0));
    let kinds: Vec<PowerUnitKind> = twin.power_units.rows().iter().map(|unit| unit.kind).collect();
    assert_eq!(kinds[0], PowerUnitKind::Shunt { p_mw: 0.0, q_mvar: -19.0 });
    assert_eq!(kinds[1], PowerUnitKind::ExternalGrid { vm_pu: 1.02, va_deg: 5.0 });
    assert!(matches!(kinds[2], PowerUnitKind::Generator { p_mw: 30.0, max_q_mvar: Some(20.0), .. }));
    assert!(matches!(
        twin.power.link(Id::new(1)).kind,
        PowerBranchKind::Impedance { ratio: 0.98, shift_deg: 30.0, rating_mva: None, .. }
    ));
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let findings =
        read_text(&SMALL.replace("7	8	0.01", "7	9	0.01").replace("0.08	0.02	250", "x	0.02	250")).unwrap_err();
    assert_eq!(findings.0[0].code, "invalid-number");
    assert_eq!(findings.0[0].position, Some((14, 1)));
    let findings = read_text(&SMALL.replace("7	8	0.01", "7	9	0.01")).unwrap_err();
    assert_eq!((findings.0[0].code, findings.0[0].position), ("unknown-bus", Some((15, 1))));
    let findings = read_text(&SMALL.replace("mpc.baseMVA = 100;", "")).unwrap_err();
    assert_eq!(findings.0[0].field.as_deref(), Some("baseMVA"));
    let changed = format!("{SMALL}mpc.bus(:, PD) = scale_load(2, mpc);\n");
    assert_eq!(read_text(&changed).unwrap_err().0[0].code, "statement-not-understood");
    for cut in (0..SMALL.len()).step_by(11) {
        let _ = read_text(&SMALL[..cut]);
    }
}

#[test]
fn the_first_generator_stands_in_for_a_missing_reference() {
    let imported = read_text(&SMALL.replace("	1	0	0	Inf	-Inf	1.02	100	1", "	1	0	0	Inf	-Inf	1.02	100	0")).unwrap();
    assert!(imported.findings.iter().any(|finding| finding.code == "no-reference"));
}

#[test]
fn conditions_decide_what_is_changed() {
    let with = |lines: &str| read_text(&format!("{SMALL}{lines}"));
    let load = |imported: Result<Imported, Findings>| imported.unwrap().twin.power.nodes().nth(1).unwrap().1.load_mw;
    assert_eq!(load(with("fixed = 0;\nif fixed\n mpc.bus(2, PD) = 1;\nelse\n mpc.bus(2, PD) = 2;\nend\n")), 2.0);
    assert_eq!(load(with("if mpc.bus(2, PD) > 40 && ~0, mpc.bus(2, PD) = 150/3 + 1; end\n")), 51.0);
    let findings = with("if nargin > 1\n mpc.bus(2, PD) = 1;\nend\n").unwrap_err();
    assert_eq!((findings.0[0].code, findings.0[0].position.is_some()), ("statement-not-understood", true));
    let cell = read_text(&SMALL.replace("8	2	0	0", "8	2	50/4	0")).unwrap().twin;
    assert_eq!(cell.power.nodes().nth(2).unwrap().1.load_mw, 12.5);
}

#[test]
fn voltages_of_the_case_are_where_a_power_flow_begins() {
    let twin = read_text(&SMALL.replace("7	1	50	10	0	19	1	1	0", "7	1	50	10	0	19	1	0.97	-3")).unwrap().twin;
    let starts: Vec<_> = twin.power.nodes().map(|(_, bus)| (bus.start_vm_pu, bus.start_va_deg)).collect();
    assert_eq!(starts, [(Some(1.02), Some(5.0)), (Some(0.97), Some(-3.0)), (Some(1.0), Some(0.0))]);
}
