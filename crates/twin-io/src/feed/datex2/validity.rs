//! When a record holds.

use jiff::civil::Time;
use twin::Finding;

use super::{
    super::{
        time::{self, Clock, Moment, Span},
        wzdx::wrong_span,
    },
    xml::Element,
};

/// What a validity says.
pub(super) struct Validity {
    /// Days and hours: several where the publisher lists periods.
    pub(super) spans: Vec<Span>,
    pub(super) findings: Vec<Finding>,
}

/// Days and hours of a validity, or why the record does not hold: the reason and a finding.
pub(super) fn read(validity: Option<&Element>, clock: &Clock) -> Result<Validity, (&'static str, Finding)> {
    let Some(validity) = validity else {
        let finding = Finding::warning("date-missing", "The record does not say when it holds: it has no days.");
        return Ok(Validity {
            spans: vec![Span::default()],
            findings: vec![finding.with_help("Set `from` and `to` in the calendar.")],
        });
    };
    if validity.value("validityStatus") == Some("suspended") {
        let finding = Finding::note("suspended", "The publisher has suspended the record: it is left out.");
        return Err(("suspended", finding.with_help("Nothing to do.")));
    }
    let mut reader = Reader { clock, findings: Vec::new() };
    let overall = validity.child("validityTimeSpecification");
    let begin = reader.moment(overall, "overallStartTime")?;
    let end = reader.moment(overall, "overallEndTime")?;
    if begin.is_none() {
        reader.tell(
            "date-missing",
            "The record does not say when it begins: the work has no first day.",
            "Set `from` in the calendar.",
        );
    }
    let periods: Vec<&Element> = overall.map(|overall| overall.all("validPeriod").collect()).unwrap_or_default();
    if overall.is_some_and(|overall| overall.child("exceptionPeriod").is_some()) {
        reader.tell(
            "exceptions-not-kept",
            "The record is interrupted at times: it is taken as holding throughout.",
            "Shorten it in the calendar where that matters.",
        );
    }
    let mut spans: Vec<Span> = Vec::new();
    for period in &periods {
        spans.push(reader.period(period, begin, end)?);
    }
    if periods.is_empty() {
        spans.push(time::span(begin, end, None).map_err(wrong_span)?);
    }
    spans.sort();
    spans.dedup();
    Ok(Validity { spans, findings: reader.findings })
}

struct Reader<'a> {
    clock: &'a Clock,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    fn tell(&mut self, code: &'static str, message: &str, help: &str) {
        if !self.findings.iter().any(|finding| finding.code == code) {
            self.findings.push(Finding::warning(code, message).with_help(help));
        }
    }

    fn moment(
        &mut self,
        parent: Option<&Element>,
        name: &'static str,
    ) -> Result<Option<Moment>, (&'static str, Finding)> {
        let Some(text) = parent.and_then(|parent| parent.value(name)) else { return Ok(None) };
        let Some(moment) = time::moment(text, self.clock) else {
            let finding = Finding::warning(
                "date-unreadable",
                format!("`{name}` is \"{text}\", no date and time: the record is left out."),
            )
            .with_field(name)
            .with_help("Dates look like 2026-05-04T06:00:00+02:00.");
            return Err(("date not understood", finding));
        };
        if moment.without_zone {
            self.tell(
                "date-without-zone",
                &format!("`{name}` has no offset from universal time: it is taken as the town's own time."),
                "Tell the publisher of the feed.",
            );
        }
        Ok(Some(moment))
    }

    fn period(
        &mut self,
        period: &Element,
        begin: Option<Moment>,
        end: Option<Moment>,
    ) -> Result<Span, (&'static str, Finding)> {
        let own_begin = self.moment(Some(period), "startOfPeriod")?;
        let own_end = self.moment(Some(period), "endOfPeriod")?;
        let (begin, end) = (own_begin.or(begin), own_end.or(end));
        let weekdays = period.all("recurringDayWeekMonthPeriod").flat_map(|days| days.all("applicableDay")).count();
        if (1..7).contains(&weekdays) || period.child("recurringSpecialDay").is_some() {
            self.tell(
                "weekdays-not-kept",
                "The record holds on some days of the week only: it is taken as holding every day.",
                "Split it in the calendar where that matters.",
            );
        }
        let mut hours: Vec<(Time, Time)> = Vec::new();
        for daily in period.all("recurringTimePeriodOfDay") {
            let day = begin.map(|begin| begin.local.date());
            let read = |name| daily.value(name).and_then(|text| time::time_of_day(text, day, self.clock));
            match (read("startTimeOfPeriod"), read("endTimeOfPeriod")) {
                (Some(low), Some(high)) => hours.push((low, high)),
                _ => self.tell(
                    "hours-unreadable",
                    "Hours of the record cannot be read: it is taken as holding all day.",
                    "Set `hours` in the calendar.",
                ),
            }
        }
        if hours.len() > 1 {
            self.tell(
                "hours-joined",
                "The record holds in several parts of the day: it is taken as holding from the first to the last.",
                "Split it in the calendar where that matters.",
            );
        }
        let low = hours.iter().map(|(low, _)| *low).min();
        let high = if hours.iter().any(|(low, high)| high <= low) {
            hours.iter().map(|(_, high)| *high).min()
        } else {
            hours.iter().map(|(_, high)| *high).max()
        };
        time::span(begin, end, low.zip(high)).map_err(wrong_span)
    }
}
