//! Writing a calendar as a file that reads back equal.

use twin::{Twin, works::Calendar};

use super::super::{
    FORMAT_VERSION,
    write::{Text, float, quoted, write_closure},
};

/// The text of a calendar file. What equals the default is left out; a drawn line is given in longitude and latitude with nine
/// decimals (a tenth of a millimetre).
#[must_use]
pub fn write(calendar: &Calendar, twin: &Twin) -> String {
    let mut out = Text(String::new());
    out.pair("version", FORMAT_VERSION);
    out.text("name", &calendar.name);
    let rules = &calendar.rules;
    if *rules != twin::works::Rules::default() {
        out.head("[rules]");
        out.option("distance_m", rules.distance_m.map(float));
        out.option("protection_years", rules.protection_years.map(float));
        out.option("at_once", rules.at_once);
        out.unless("begin_on_mondays", rules.begin_on_mondays, false);
    }
    for owner in &calendar.owners {
        out.head("[[owner]]");
        out.text("name", &owner.name);
        out.pair("at_once", owner.at_once);
    }
    for event in &calendar.events {
        out.head("[[event]]");
        out.text("name", &event.name);
        out.pair("from", event.from);
        out.pair("to", event.to);
        out.names("streets", event.streets.iter().map(String::as_str));
        out.unless("favorable", event.favorable, false);
    }
    for work in &calendar.works {
        out.head("[[work]]");
        out.text("id", work.key.as_str());
        if let Some(name) = &work.name {
            out.text("name", name);
        }
        out.option("earliest", work.earliest);
        out.option("latest", work.latest);
        out.names("after", work.after.iter().map(twin::Key::as_str));
        out.unless("fixed", work.fixed, false);
        out.unless("in_holidays", work.in_holidays, false);
        out.option("renewed", work.renewed);
        // Last, because the tables of its phases end the work's own fields.
        write_closure(&work.closure, "work", twin, &mut out);
    }
    out.0
}

impl Text {
    /// A list of names, where there are any.
    fn names<'n>(&mut self, key: &str, names: impl Iterator<Item = &'n str>) {
        let names: Vec<String> = names.map(quoted).collect();
        if !names.is_empty() {
            self.pair(key, format!("[{}]", names.join(", ")));
        }
    }
}
