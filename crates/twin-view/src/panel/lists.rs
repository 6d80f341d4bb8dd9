//! Results of a sweep or of hosting beside the map, as lists: a click goes to the place.

use bevy_egui::egui::{self, RichText, Ui};
use twin::{Id, Key, Twin, road::RoadLink};
use twin_io::list::{Cell, ListRow, ResultList};
use twin_present::{Language, supply::SupplyPart, words::find_word};

use super::{Desk, go_to, tabs};
use crate::{layers::MapLayer, session::OpenList};

/// Rows that are shown; the others are in the file.
const N_SHOWN: usize = 300;
/// Columns that are shown besides what the row is.
const N_COLUMNS: usize = 4;

/// Width of the heading of a column, points.
const HEADING: f32 = 86.0;

/// Where a row of a list is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Road(Id<RoadLink>),
    Part(SupplyPart),
}

fn place(twin: &Twin, key: &Key) -> Option<Place> {
    let road = twin.roads.links().find(|(_, link)| link.key == *key).map(|(id, _)| Place::Road(id));
    road.or_else(|| SupplyPart::of_key(twin, key).map(Place::Part))
}

/// A window per list.
pub(super) fn draw(ctx: &egui::Context, map: egui::Rect, desk: &mut Desk<'_>) {
    let mut chosen = None;
    let language = desk.session.language;
    for (index, list) in desk.session.lists.iter_mut().enumerate() {
        let mut open = list.open;
        egui::Window::new(&list.name)
            .id(egui::Id::new(("list", index)))
            .open(&mut open)
            .default_pos(map.left_top() + egui::vec2(14.0, 14.0 + 30.0 * index as f32))
            .default_size([560.0, 320.0])
            .vscroll(true)
            .show(ctx, |ui| {
                if let Some(key) = rows(ui, list, language) {
                    chosen = Some(key);
                }
            });
        list.open = open;
    }
    let Some(found) = chosen.and_then(|key| place(&desk.town.twin, &key)) else { return };
    match found {
        Place::Road(link) => go_to(desk, link),
        Place::Part(part) => {
            desk.session.layers.set(MapLayer::Supply(part.medium(&desk.town.twin)), true);
            desk.session.select_part(part);
            if let Some(at) = part.place(&desk.town.twin) {
                tabs::fly(desk, at);
            }
        }
    }
}

/// The rows of a list; returns the key of the one that was clicked.
fn rows(ui: &mut Ui, list: &OpenList, language: Language) -> Option<Key> {
    let mut chosen = None;
    let columns = shown_columns(&list.list);
    egui::Grid::new(("rows", &list.name)).striped(true).spacing([12.0, 4.0]).show(ui, |ui| {
        ui.label("");
        for &column in &columns {
            ui.vertical(|ui| {
                ui.set_width(HEADING);
                let text = RichText::new(heading(&list.list.columns[column], language)).size(11.5);
                ui.add(egui::Label::new(text).wrap());
            });
        }
        ui.end_row();
        for row in list.list.rows.iter().take(N_SHOWN) {
            if ui.link(name(&list.list, row)).clicked() {
                chosen = Some(row.key.clone());
            }
            for &column in &columns {
                ui.label(written(&row.cells[column], language));
            }
            ui.end_row();
        }
    });
    chosen
}

/// Columns with numbers that are not all the same, the first ones.
fn shown_columns(list: &ResultList) -> Vec<usize> {
    let tells = |column: &usize| {
        let mut cells = list.rows.iter().map(|row| &row.cells[*column]);
        let first = cells.next();
        matches!(first, Some(Cell::Number(_))) && (list.rows.len() == 1 || cells.any(|cell| Some(cell) != first))
    };
    (0..list.columns.len()).filter(tells).take(N_COLUMNS).collect()
}

/// What a row is called: its name where it has one, with its key, as many pipes are called alike.
fn name(list: &ResultList, row: &ListRow) -> String {
    let named = list.columns.iter().position(|column| column == "name").map(|column| &row.cells[column]);
    match named {
        Some(Cell::Text(name)) => format!("{name} ({})", row.key),
        _ => row.key.to_string(),
    }
}

fn heading(column: &str, language: Language) -> String {
    let plain = column.rsplit('.').next().unwrap_or(column).replace('_', "-");
    let criterion = format!("criterion-{}", column.replace(['.', '_'], "-"));
    let found = find_word(language, &criterion).or_else(|| find_word(language, &format!("sweep-{plain}")));
    found.unwrap_or_else(|| column.to_owned())
}

fn written(cell: &Cell, language: Language) -> String {
    match cell {
        Cell::Empty => "–".to_owned(),
        Cell::Number(value) => language.number(*value, if value.fract() == 0.0 { 0 } else { 2 }),
        Cell::Text(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use twin::Silent;

    use super::*;

    #[test]
    fn rows_are_named_shown_by_what_differs_and_found_on_the_map() {
        let options = twin_musterstadt::Options { population: 500, seed: 7 };
        let twin = twin_musterstadt::generate(&options, &Silent).expect("it can be made");
        let (link, road) = twin.roads.links().next().expect("it has streets");
        let pipe = twin.water.links().next().expect("it has pipes").1.key.clone();
        let row = |key: &Key, name: Cell, value: f64| ListRow {
            key: key.clone(),
            cells: vec![name, Cell::Number(7.0), Cell::Number(value)],
        };
        let list = ResultList {
            columns: ["name", "same", "traffic.cut_off_addresses"].map(str::to_owned).to_vec(),
            rows: vec![row(&road.key, Cell::Text("Bergweg".to_owned()), 1200.5), row(&pipe, Cell::Empty, 1.0)],
        };
        assert_eq!(shown_columns(&list), [2]);
        let named = format!("Bergweg ({})", road.key);
        assert_eq!((name(&list, &list.rows[0]), name(&list, &list.rows[1])), (named, pipe.to_string()));
        assert_eq!(
            (heading("rank", Language::De), heading("x_m", Language::De)),
            ("Rang".to_owned(), "x_m".to_owned())
        );
        assert_eq!(heading("traffic.cut_off_addresses", Language::De), "nicht erreichbare Adressen");
        assert_eq!(written(&list.rows[0].cells[2], Language::De), "1.200,50");
        assert_eq!(place(&twin, &road.key), Some(Place::Road(link)));
        assert!(matches!(place(&twin, &pipe), Some(Place::Part(SupplyPart::Line(..)))));
        assert_eq!(place(&twin, &Key::new("way/none")), None);
    }
}
