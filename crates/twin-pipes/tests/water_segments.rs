//! Isolation segments against WNTR 1.5's partitions, and by hand.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod support;

use std::collections::BTreeMap;

use support::{case, data, networks, table};
use twin_pipes::water::segment::{Segments, Valve};

#[test]
fn segments_are_the_partitions_of_wntr() {
    let Some(data) = data() else { return };
    let mut n = 0;
    for folder in networks(&data) {
        for layer in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()) {
            let layer = layer.to_string_lossy().into_owned();
            let Some(kind) = layer.strip_prefix("ref_valves_").and_then(|rest| rest.strip_suffix(".csv")) else {
                continue;
            };
            let case = case(&folder);
            let valves: Vec<Valve> = table(&folder.join(&layer))
                .unwrap()
                .iter()
                .map(|row| Valve::At { link: case.link[&row["link"]] as u32, node: case.node[&row["node"]] as u32 })
                .collect();
            let ends: Vec<(u32, u32)> = (0..case.net.n_links())
                .map(|link| (case.net.ends(link).0 as u32, case.net.ends(link).1 as u32))
                .collect();
            let start = std::time::Instant::now();
            let segments = Segments::new(case.net.n_nodes(), &ends, &valves);
            eprintln!("{} {kind}: {} segments in {:?}", support::name(&folder), segments.len(), start.elapsed());
            // Labels are arbitrary: the same pairs must stand together.
            let mut theirs: BTreeMap<String, usize> = BTreeMap::new();
            let mut ours: BTreeMap<usize, String> = BTreeMap::new();
            let rows = |what: &str| table(&folder.join(format!("ref_segments_{kind}_{what}.csv"))).unwrap();
            for (what, column) in [("nodes", "node"), ("links", "link")] {
                for row in rows(what) {
                    let here = if column == "node" {
                        segments.of_node(case.node[&row[column]])
                    } else {
                        segments.of_link(case.link[&row[column]])
                    };
                    let label = row["segment"].clone();
                    assert_eq!(*theirs.entry(label.clone()).or_insert(here), here, "{kind} {column} {}", row[column]);
                    assert_eq!(*ours.entry(here).or_insert(label.clone()), label, "{kind} {column} {}", row[column]);
                    n += 1;
                }
            }
            assert_eq!(theirs.len(), segments.len());
            let sources: Vec<u32> =
                (0..case.net.n_nodes()).filter(|&node| case.net.is_source(node)).map(|node| node as u32).collect();
            let all_at_once = segments.cut_off_by_each(&sources);
            let never = unreachable(&segments, &sources);
            for (segment, &at_once) in all_at_once.iter().enumerate() {
                let one = segments.isolate(segment, &[], &sources);
                let holds_sources = segments.nodes(segment).iter().any(|node| sources.contains(node));
                if never == 0 && !holds_sources {
                    assert_eq!(at_once as usize, one.cut_off.len(), "segment {segment}");
                }
            }
        }
    }
    assert!(n > 1000, "only {n} labels were compared");
}

/// Segments that no source reaches even when nothing is shut.
fn unreachable(segments: &Segments, sources: &[u32]) -> usize {
    let mut reached: Vec<bool> = vec![false; segments.len()];
    for &source in sources {
        reached[segments.of_node(source as usize)] = true;
    }
    // Shutting nothing is shutting what does not exist: all that is cut off by no segment's closure.
    (0..segments.len()).filter(|&segment| segments.valves(segment).is_empty() && !reached[segment]).count()
}

/// ```text
/// R ──v── a ── b ──v── c ──v── d        v: valves
///              └──v── e
/// ```
#[test]
fn what_hangs_behind_a_segment_is_cut_off_with_it_and_a_stuck_valve_takes_the_next() {
    let ends = [(0, 1), (1, 2), (2, 3), (3, 4), (2, 5)];
    let valves = [
        Valve::At { link: 0, node: 1 },
        Valve::At { link: 2, node: 2 },
        Valve::At { link: 3, node: 3 },
        Valve::At { link: 4, node: 2 },
    ];
    let segments = Segments::new(6, &ends, &valves);
    // R with its pipe; a, b with theirs; c; d; e.
    assert_eq!(segments.len(), 5);
    let middle = segments.of_node(1);
    assert_eq!(middle, segments.of_node(2));
    let isolation = segments.isolate(middle, &[], &[0]);
    assert_eq!(isolation.valves, [0, 1, 3]);
    assert_eq!(isolation.cut_off.len(), 3);
    assert_eq!(segments.cut_off_by_each(&[0])[middle], 3);
    assert_eq!(segments.cut_off_by_each(&[0])[segments.of_node(3)], 1);
    // The valve toward c is stuck: c is shut with it, by its own valve.
    let stuck = segments.isolate(middle, &[1], &[0]);
    assert_eq!(stuck.valves, [0, 2, 3]);
    assert_eq!(stuck.shut.len(), 2);
}
