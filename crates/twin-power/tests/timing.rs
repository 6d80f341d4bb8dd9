mod golden;
use golden::{networks, read};
use twin_power::{net::NodeKind,solve::{End, Options, Solver}};
#[test]
fn timing() {
    for folder in networks() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let (net, _) = read(&folder);
        let t = std::time::Instant::now();
        let solver = Solver::new(net, Options::default());
        let setup = t.elapsed().as_secs_f64() * 1e3;
        let pv = solver.net().kind.contains(&NodeKind::Pv);
        let n = if solver.net().n_nodes() > 5000 { 160 } else if solver.net().n_nodes() > 1000 {400} else { 4000 };
        let mut best = f64::INFINITY;
        let mut its = 0;
        for _ in 0..5 {
            let t = std::time::Instant::now();
            let r = solver.batch(n, |k, d| {
                let mut x = (k as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                for s in d.iter_mut() {
                    x ^= x << 13; x ^= x >> 7; x ^= x << 17;
                    let r = (x >> 11) as f64 / (1u64 << 53) as f64;
                    let f = if pv { 0.98 + 0.04 * r } else { 0.5 + 0.7 * r };
                    *s = s.scale(f);
                }
            }, |_, s| match s.end { End::Converged { iterations, .. } => iterations, _ => 999 });
            its = *r.iter().max().unwrap();
            best = best.min(t.elapsed().as_secs_f64() * 1e3 / n as f64);
        }
        println!("{name}: setup {setup:.1} ms, {best:.4} ms/scenario, most iterations {its}");
    }
}
