//! Addresses whose ways get longer: by car from and to where people come from, to a hospital, by bicycle, on foot.
//!
//! # Model
//! Where people come from stands for the centre and the roads out of town that lie farthest apart (five junctions). The way of
//! an address is the mean over those that it is joined to in both cases: fastest ways on empty streets with the waiting at the
//! work sites, so that a street on which the only change is more traffic makes no difference. Streets for residents begin and
//! end a way only.

use twin::{
    Id,
    outcome::touched::{ChangedWay, Errand, Way},
    road::Modes,
};
use twin_traffic::modal::Found;

use super::{
    Case,
    ground::{Ways, told},
};

/// Smallest change of a way that is told, metres.
const TOLD_M: f64 = 1.0;
/// Smallest change of a way that is told, seconds.
const TOLD_S: f64 = 1.0;

/// The ways of all addresses with the closures. Walks are those without where nothing is closed to people on foot.
pub(super) fn with(case: &Case<'_>) -> Ways {
    let ground = case.ground;
    let closings = [Modes::CAR, Modes::TRUCK, Modes::BICYCLE, Modes::FOOT].map(|mode| case.closings(mode, None));
    let (car_s, bicycle_s) = (case.with_waiting(&ground.car_s), case.with_waiting(&ground.bicycle_s));
    let walks = !closings[3].is_empty();
    let mut with = ground.ways(closings.each_ref(), [&car_s, &bicycle_s], walks);
    if !walks {
        (with.shop, with.school) = (ground.base.shop.clone(), ground.base.school.clone());
    }
    with
}

/// The ways that change.
pub(super) fn changed(case: &Case<'_>, with: &Ways) -> Vec<ChangedWay> {
    let ground = case.ground;
    let base = &ground.base;
    let mut ways = Vec::new();
    for index in 0..ground.n_addresses() {
        for (errand, base, with) in [(Errand::CarIn, &base.into, &with.into), (Errand::CarOut, &base.out, &with.out)] {
            let pairs = || base.iter().zip(with).map(|(base, with)| (base[index], with[index]));
            ways.extend(mean(pairs, Id::new(index), errand));
        }
        let single = [
            (Errand::Hospital, &base.hospital, &with.hospital),
            (Errand::BicycleCentre, &base.bicycle, &with.bicycle),
            (Errand::FootShop, &base.shop, &with.shop),
        ];
        for (errand, base, with) in single {
            let pairs = || std::iter::once((base[index], with[index]));
            ways.extend(mean(pairs, Id::new(index), errand));
        }
    }
    ways.sort_by_key(|way| (way.errand, way.address));
    ways
}

/// The mean over the ways that exist in both cases; nothing where there was none before, or none changes.
fn mean<I: Iterator<Item = (Option<Found>, Option<Found>)>>(
    pairs: impl Fn() -> I,
    address: Id<twin::building::Address>,
    errand: Errand,
) -> Option<ChangedWay> {
    let both: Vec<(Way, Way)> = pairs().filter_map(|(base, with)| Some((told(base?), told(with?)))).collect();
    if both.is_empty() {
        let before: Vec<Way> = pairs().filter_map(|(base, _)| base.map(told)).collect();
        let base = mean_of(&before)?;
        return Some(ChangedWay { address, errand, base, with: None, worst_added_m: None });
    }
    let base = mean_of(&both.iter().map(|pair| pair.0).collect::<Vec<_>>())?;
    let with = mean_of(&both.iter().map(|pair| pair.1).collect::<Vec<_>>())?;
    let worst_m = both.iter().map(|(base, with)| with.length_m - base.length_m).fold(f64::NEG_INFINITY, f64::max);
    let changed = (with.length_m - base.length_m).abs() >= TOLD_M
        || (with.time_s - base.time_s).abs() >= TOLD_S
        || worst_m.abs() >= TOLD_M;
    changed.then_some(ChangedWay { address, errand, base, with: Some(with), worst_added_m: Some(worst_m) })
}

fn mean_of(ways: &[Way]) -> Option<Way> {
    let n = ways.len() as f64;
    (n > 0.0).then(|| Way {
        length_m: ways.iter().map(|way| way.length_m).sum::<f64>() / n,
        time_s: ways.iter().map(|way| way.time_s).sum::<f64>() / n,
    })
}
