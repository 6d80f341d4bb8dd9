//! Addresses whose ways get longer: by car from and to where people come from, to a hospital, by bicycle, on foot.
//!
//! # Model
//! People come from the centre and from the roads out of town that lie farthest apart (five junctions in all), by the fastest ways on
//! empty streets with the waiting at the work sites: more traffic elsewhere makes no difference. Of these ways the one is told to which
//! the median of metres is added: an address has a detour if most directions have one, and the worst direction is told
//! beside it. Streets for residents begin and end a way only.

use twin::{
    Id,
    demand::VehicleClass,
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
    let [car, lorry] = [VehicleClass::Car, VehicleClass::Truck].map(|class| case.closings_for_residents(class));
    let [bicycle, foot] = [Modes::BICYCLE, Modes::FOOT].map(|mode| case.closings(mode, None));
    let closings = [car, lorry, bicycle, foot];
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
            ways.extend(median(pairs, Id::new(index), errand));
        }
        let single = [
            (Errand::Hospital, &base.hospital, &with.hospital),
            (Errand::BicycleCentre, &base.bicycle, &with.bicycle),
            (Errand::FootShop, &base.shop, &with.shop),
        ];
        for (errand, base, with) in single {
            let pairs = || std::iter::once((base[index], with[index]));
            ways.extend(median(pairs, Id::new(index), errand));
        }
    }
    ways.sort_by_key(|way| (way.errand, way.address));
    ways
}

/// The way to which the median is added, of those that exist in both cases; nothing where there was none before, or none changes.
fn median<I: Iterator<Item = (Option<Found>, Option<Found>)>>(
    pairs: impl Fn() -> I,
    address: Id<twin::building::Address>,
    errand: Errand,
) -> Option<ChangedWay> {
    let mut both: Vec<(Way, Way)> = pairs().filter_map(|(base, with)| Some((told(base?), told(with?)))).collect();
    let added_m = |(base, with): &(Way, Way)| with.length_m - base.length_m;
    let added_s = |(base, with): &(Way, Way)| with.time_s - base.time_s;
    both.sort_by(|a, b| added_m(a).total_cmp(&added_m(b)).then(added_s(a).total_cmp(&added_s(b))));
    let (Some(&(base, with)), Some(worst)) = (both.get(both.len() / 2), both.last()) else {
        let base = pairs().find_map(|(base, _)| base.map(told))?;
        return Some(ChangedWay { address, errand, base, with: None, worst_added_m: None });
    };
    let changed = both.iter().any(|both| added_m(both).abs() >= TOLD_M || added_s(both).abs() >= TOLD_S);
    changed.then_some(ChangedWay { address, errand, base, with: Some(with), worst_added_m: Some(added_m(worst)) })
}
