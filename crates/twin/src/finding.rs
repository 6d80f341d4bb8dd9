//! Findings: what is wrong, missing or assumed in the data, said so that somebody can mend it.

use serde::Serialize;

use crate::Key;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something was assumed or left out by rule; the result is what a user expects.
    Note,
    /// Something is implausible or was dropped; the result may be off there.
    Warning,
    /// The input cannot be used.
    Error,
}

/// One thing found in the data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code in kebab case: `street-island`, `unknown-street`.
    pub code: &'static str,
    /// What was found, in one English sentence with the value found.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The file, as the user named it.
    pub file: Option<String>,
    /// Line and column in the file, from 1.
    pub position: Option<(u32, u32)>,
    /// The thing concerned: `way/4711`.
    pub key: Option<Key>,
    /// The field concerned: `maxspeed`, `closure[0].street`.
    pub field: Option<String>,
}

impl Finding {
    /// A finding of this severity, code and message; the rest is added with the `with_` functions.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self { severity, code, message: message.into(), help: None, file: None, position: None, key: None, field: None }
    }
    /// An error.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }
    /// A warning.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }
    /// A note.
    pub fn note(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }
    /// Adds what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
    /// Adds the file.
    #[must_use]
    pub fn with_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }
    /// Adds line and column, from 1.
    #[must_use]
    pub const fn with_position(mut self, line: u32, column: u32) -> Self {
        self.position = Some((line, column));
        self
    }
    /// Adds the thing concerned.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<Key>) -> Self {
        self.key = Some(key.into());
        self
    }
    /// Adds the field concerned.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

/// All findings of one door, in the order of the data. As the `Err` of a door at least one is an error.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    /// Adds a finding.
    pub fn push(&mut self, finding: Finding) {
        self.0.push(finding);
    }
    /// Whether any finding is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|finding| finding.severity == Severity::Error)
    }
    /// How many findings have this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|finding| finding.severity == severity).count()
    }
    /// The findings in order.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Self {
        Self(vec![finding])
    }
}
impl Extend<Finding> for Findings {
    fn extend<I: IntoIterator<Item = Finding>>(&mut self, iter: I) {
        self.0.extend(iter);
    }
}
impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
impl std::fmt::Display for Findings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for finding in &self.0 {
            writeln!(f, "{}: {}", finding.code, finding.message)?;
        }
        Ok(())
    }
}
impl std::error::Error for Findings {}
