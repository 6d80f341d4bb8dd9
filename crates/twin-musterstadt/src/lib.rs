//! A door without a file: the generated German town Musterstadt.
//!
//! [`generate`] draws a town of 500 to 1,000,000 inhabitants: a valley with a river, an old town around a market at the
//! bridge, main roads to the neighboring towns, quarters of every age, and everything beneath the streets. The same
//! population and seed give the same town, bit for bit, whatever the number of threads; every town is invented.
//!
//! # Method
//! The town is drawn with straight lines in plan coordinates, as a planar subdivision into convex cells: rings and radial
//! roads around the bridgehead on either bank, cells split into blocks by the manner of their quarter. A smooth
//! one-to-one bending then carries the plan onto the earth in EPSG:25832, so that the river meanders and streets curve
//! without ever crossing by accident. Blocks are built up one by one, each with random numbers of its own.
//!
//! # Keys
//! `road/N`, `node/N`, `building/N`, `address/N`, `place/N`, `area/N`, `bus_stop/N`, `bus_route/N`, numbered in order;
//! `water_pipe/N` and so on for the networks.

mod addresses;
mod buses;
mod dice;
mod draft;
mod dressing;
mod gas;
mod ground;
mod heat;
mod houses;
mod mains;
mod names;
mod places;
mod plan;
mod power;
mod programme;
mod quarter;
mod sewer;
mod site;
mod streets;
mod water;
mod yard;

use twin::{Crs, Finding, Findings, Source, Twin, Watch};

use crate::{
    plan::{Brief, Plan},
    programme::Programme,
    site::Site,
};

/// Smallest and greatest number of inhabitants.
pub const POPULATION: std::ops::RangeInclusive<u32> = 500..=1_000_000;

/// What town to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Inhabitants, within [`POPULATION`].
    pub population: u32,
    /// Which of the possible towns.
    pub seed: u64,
}

impl Default for Options {
    /// The town of the demo: 8,000 inhabitants.
    fn default() -> Self {
        Self { population: 8_000, seed: 1 }
    }
}

/// Generates a town.
///
/// # Errors
/// `population-out-of-range` where the population is outside [`POPULATION`]; `cancelled` where the watch asked to stop.
pub fn generate(options: &Options, watch: &dyn Watch) -> Result<Twin, Findings> {
    let Options { population, seed } = *options;
    if !POPULATION.contains(&population) {
        return Err(Finding::error(
            "population-out-of-range",
            format!("Musterstadt has 500 to 1,000,000 inhabitants, not {population}."),
        )
        .with_field("population")
        .with_help("Choose a population within this range.")
        .into());
    }
    const STEPS: u64 = 5;
    let step = |done: u64| {
        watch.progress("musterstadt", done, STEPS);
        if watch.is_cancelled() {
            return Err(Findings::from(Finding::error("cancelled", "Musterstadt was not finished: cancelled.")));
        }
        Ok(())
    };
    step(0)?;
    let (site, plan, programme, mut houses) = settle(population, seed);
    step(1)?;
    let streets = streets::lay(&site, &plan, population, seed);
    step(2)?;
    let mut twin = Twin::empty("Musterstadt", Crs::etrs89_utm(32));
    twin.sources.push(source(options));
    let postcode = 36_000 + (seed % 900) as u32;
    name_churches(&mut houses, seed);
    twin.buildings = addresses::buildings(&houses, population);
    twin.addresses = addresses::addresses(&houses, &plan.draft, &streets, postcode);
    (twin.areas, twin.ground_lines) = ground::cover(&site, &plan, &programme);
    twin.terrain = Some(ground::terrain(&site, &plan));
    step(3)?;
    twin.places = places::places(&houses, &twin.addresses, &programme, seed);
    (twin.bus_stops, twin.bus_routes) = buses::lines(&streets, population, seed);
    step(4)?;
    lay_lines(&mut twin, &site, &plan, &streets, &houses, population);
    twin.restrictions = streets::restrictions(&streets.roads);
    twin.roads = streets.roads;
    step(STEPS)?;
    Ok(twin)
}

/// Draws and builds the town, larger or smaller until its dwellings suit the population.
fn settle(population: u32, seed: u64) -> (Site, Plan, Programme, Vec<houses::House>) {
    let people = f64::from(population);
    let per_ha = 20.0 * (people / 500.0).powf(0.14);
    let mut radius_m = (people / per_ha * 10_000.0 / (0.9 * std::f64::consts::PI)).sqrt();
    let river_half_m = 5.0 * (people / 500.0).powf(0.27);
    let mut attempt = 0;
    loop {
        let site = Site::new(seed, radius_m, river_half_m);
        let plan = plan::draw(Brief { population, seed, radius_m, river_half_m });
        let programme = programme::programme(&plan, population, seed);
        let houses = houses::build(&site, &plan, &programme, seed, population);
        let dwellings: f64 = houses.iter().map(|house| house.dwellings).sum();
        let per_dwelling = people / dwellings.max(1.0);
        attempt += 1;
        if (1.75..=2.35).contains(&per_dwelling) || attempt == 5 {
            return (site, plan, programme, houses);
        }
        radius_m *= (per_dwelling / 2.03).sqrt().clamp(0.6, 1.6);
    }
}

/// Everything beneath the streets.
fn lay_lines(
    twin: &mut Twin,
    site: &Site,
    plan: &Plan,
    streets: &streets::Streets,
    houses: &[houses::House],
    population: u32,
) {
    let residents: Vec<f64> = twin.buildings.rows().iter().map(|building| building.residents.unwrap_or(0.0)).collect();
    let ground = mains::Ground::new(site, &plan.draft, streets, houses);
    let ((water, sewer), (power, (heat, gas))) = rayon::join(
        || rayon::join(|| water::lay(&ground, houses, &residents), || sewer::lay(&ground, &residents)),
        || {
            rayon::join(
                || power::lay(&ground, houses, population),
                || {
                    let mut is_heated = vec![false; houses.len()];
                    let heat = heat::lay(&ground, houses, population, &mut is_heated);
                    (heat, gas::lay(&ground, houses, &is_heated, population))
                },
            )
        },
    );
    (twin.water, twin.sewer, twin.power, twin.heat, twin.gas) = (water, sewer, power, heat, gas);
}

fn name_churches(houses: &mut [houses::House], seed: u64) {
    let book = &mut names::NameBook::new(seed);
    let mut n = 0;
    let mut block = None;
    for house in houses.iter_mut().filter(|house| house.usage == twin::building::BuildingUse::Church) {
        if block != Some(house.block) {
            block = Some(house.block);
            house.name = Some(book.church(n));
            n += 1;
        }
    }
}

fn source(options: &Options) -> Source {
    Source {
        name: "Musterstadt".to_owned(),
        format: "generated".to_owned(),
        licence: Some("CC0-1.0".to_owned()),
        attribution: None,
        date: None,
        hash: Some(format!("{:016x}", parameter_hash(options))),
    }
}

/// FNV-1a over version, population and seed.
fn parameter_hash(options: &Options) -> u64 {
    let text = format!("musterstadt {} {} {}", env!("CARGO_PKG_VERSION"), options.population, options.seed);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
