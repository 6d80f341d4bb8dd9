//! The table `environment`: fuel, carbon dioxide and noise by street section.

use twin::{Outcome, Twin, outcome::environment::LinkNoise};

use super::table::{Cell, Kind, Table, integer, maybe_text, number, text};

/// One row per street section on which motor vehicles drive. Fuel and carbon dioxide are sums over the computed hours, noise is
/// the level of emission of a mean hour by day and by night, dB(A) per metre.
pub(super) fn table(twin: &Twin, outcome: &Outcome) -> Option<Table> {
    use Kind::{Integer, Number, Text};
    let environment = outcome.environment.as_ref().filter(|environment| !environment.links.is_empty())?;
    let mut table = Table::new(
        "environment",
        &[
            ("key", Text),
            ("street", Text),
            ("length_m", Number),
            ("base_fuel_l", Number),
            ("fuel_l", Number),
            ("base_co2_kg", Number),
            ("co2_kg", Number),
            ("added_co2_kg", Number),
            ("base_noise_day_db", Number),
            ("noise_day_db", Number),
            ("change_noise_day_db", Number),
            ("base_noise_night_db", Number),
            ("noise_night_db", Number),
            ("change_noise_night_db", Number),
            ("addresses", Integer),
            ("addresses_louder_1db", Integer),
            ("addresses_louder_3db", Integer),
        ],
    );
    for row in &environment.links {
        let link = twin.roads.link(row.link);
        let noise = row.noise.map(|noise| levels(noise.unwrap_or_default()));
        let [[base_day, day, change_day], [base_night, night, change_night]] = noise;
        table.push([
            text(link.key.as_str()),
            maybe_text(link.name.as_deref()),
            number(link.length_m),
            number(row.base_fuel_l),
            number(row.fuel_l),
            number(row.base_co2_kg),
            number(row.co2_kg),
            number(row.co2_kg - row.base_co2_kg),
            base_day,
            day,
            change_day,
            base_night,
            night,
            change_night,
            integer(row.n_addresses),
            integer(row.n_louder_1db),
            integer(row.n_louder_3db),
        ]);
    }
    Some(table)
}

fn levels(noise: LinkNoise) -> [Cell; 3] {
    let change_db = noise.with_db.zip(noise.base_db).map(|(with, base)| with - base);
    [noise.base_db, noise.with_db, change_db].map(Cell::Number)
}
