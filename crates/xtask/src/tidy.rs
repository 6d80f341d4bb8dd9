//! Checks what ARCHITECTURE.md promises: the edges between crates, who may use which library, where no file, clock or
//! environment may appear, and the length and manners of source files.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Crates without file, clock or environment: the nouns, the laws, the verb and the picture.
const PURE: [&str; 5] = ["twin", "twin-musterstadt", "twin-present", "twin-run", "twin-traffic"];

/// What must not stand in pure crates.
const IMPURE: [&str; 7] =
    ["std::fs", "std::env", "std::net", "std::process", "Instant::now", "SystemTime", "std::thread::sleep"];

/// Longest source file that needs no explanation.
const MAX_LINES: usize = 600;

/// Runs all checks and prints every breach.
pub(crate) fn run() -> ExitCode {
    let breaches = check(&root());
    for breach in &breaches {
        println!("tidy: {breach}");
    }
    if breaches.is_empty() {
        println!("tidy: fine");
        ExitCode::SUCCESS
    } else {
        println!("tidy: {} breaches", breaches.len());
        ExitCode::FAILURE
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All breaches found in the workspace at `root`.
fn check(root: &Path) -> Vec<String> {
    let architecture = match fs::read_to_string(root.join("ARCHITECTURE.md")) {
        Ok(text) => text,
        Err(error) => return vec![format!("ARCHITECTURE.md cannot be read: {error}")],
    };
    let metadata = match MetadataCommand::new().manifest_path(root.join("Cargo.toml")).no_deps().exec() {
        Ok(metadata) => metadata,
        Err(error) => return vec![format!("cargo metadata failed: {error}")],
    };
    let mut breaches = Vec::new();
    match parse_rooms(&architecture) {
        Ok(rooms) => breaches.extend(check_edges(&rooms, &metadata)),
        Err(breach) => breaches.push(breach),
    }
    breaches.extend(check_sources(root, &metadata));
    breaches
}

/// One row of the table of rooms.
#[derive(Debug, PartialEq)]
struct Room {
    /// Libraries that only this crate may use.
    owns: BTreeSet<String>,
    /// Crates of the workspace that it may use.
    uses: BTreeSet<String>,
}

/// Reads the table under "## Rooms": columns crate, is, owns alone, may use; names in backticks count.
fn parse_rooms(architecture: &str) -> Result<BTreeMap<String, Room>, String> {
    let section = architecture
        .split("\n## ")
        .find(|section| section.starts_with("Rooms"))
        .ok_or("ARCHITECTURE.md has no section \"## Rooms\"")?;
    let rooms: BTreeMap<String, Room> = section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
            let name = quoted(cells.first()?).into_iter().next()?;
            Some((name, Room { owns: quoted(cells.get(2)?), uses: quoted(cells.get(3)?) }))
        })
        .collect();
    if rooms.is_empty() { Err("the table under \"## Rooms\" has no rows".into()) } else { Ok(rooms) }
}

fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Compares the table with the manifests, in both directions.
fn check_edges(rooms: &BTreeMap<String, Room>, metadata: &Metadata) -> Vec<String> {
    let mut breaches = Vec::new();
    let members: BTreeSet<String> =
        metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    for name in members.iter().filter(|name| !rooms.contains_key(*name)) {
        breaches.push(format!("crate {name} is missing in ARCHITECTURE.md's table of rooms"));
    }
    for name in rooms.keys().filter(|name| !members.contains(*name)) {
        breaches.push(format!("ARCHITECTURE.md names the crate {name}, which does not exist"));
    }
    for package in metadata.workspace_packages() {
        let Some(room) = rooms.get(package.name.as_str()) else { continue };
        let folder = package.manifest_path.parent().and_then(|folder| folder.file_name()).unwrap_or_default();
        if folder != package.name.as_str() {
            breaches.push(format!("crate {} lives in the folder {folder}: folder = crate = name", package.name));
        }
        let normal: BTreeSet<&str> = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind == DependencyKind::Normal)
            .map(|dependency| dependency.name.as_str())
            .collect();
        for dependency in &normal {
            if members.contains(*dependency) && !room.uses.contains(*dependency) {
                breaches.push(format!("{} uses {dependency}, which ARCHITECTURE.md does not allow", package.name));
            }
            for (owner, other) in rooms {
                if *owner != package.name.as_str() && other.owns.contains(*dependency) {
                    breaches.push(format!("{} uses {dependency}, which {owner} owns alone", package.name));
                }
            }
        }
        for allowed in room.uses.iter().filter(|allowed| !normal.contains(allowed.as_str())) {
            breaches.push(format!("ARCHITECTURE.md lets {} use {allowed}, which it does not", package.name));
        }
        for owned in room.owns.iter().filter(|owned| !normal.contains(owned.as_str())) {
            breaches.push(format!("ARCHITECTURE.md says that {} owns {owned}, which it does not use", package.name));
        }
    }
    breaches
}

/// Reads every Rust source of the workspace.
fn check_sources(root: &Path, metadata: &Metadata) -> Vec<String> {
    let mut breaches = Vec::new();
    for package in metadata.workspace_packages() {
        let Some(folder) = package.manifest_path.parent() else { continue };
        let pure = PURE.contains(&package.name.as_str());
        for file in rust_files(&folder.as_std_path().join("src")) {
            breaches.extend(check_file(root, &file, pure));
        }
    }
    // A workspace of its own, by the same manners.
    for file in rust_files(&root.join("benches/peers/src")) {
        breaches.extend(check_file(root, &file, false));
    }
    breaches
}

fn check_file(root: &Path, file: &Path, pure: bool) -> Vec<String> {
    let shown = file.strip_prefix(root).unwrap_or(file).display().to_string();
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return vec![format!("{shown} cannot be read: {error}")],
    };
    check_text(&shown, &text, pure)
}

fn check_text(shown: &str, text: &str, pure: bool) -> Vec<String> {
    let mut breaches = Vec::new();
    if !text.starts_with("//!") {
        breaches.push(format!("{shown} does not open with //! saying what it computes"));
    }
    let n_lines = text.lines().count();
    if n_lines > MAX_LINES
        && !text.lines().take_while(|line| line.starts_with("//!")).any(|line| line.contains("Long:"))
    {
        breaches.push(format!("{shown} has {n_lines} lines: split it, or explain in its //! after \"Long:\""));
    }
    // Tests may read files and say more.
    let body = text.split("#[cfg(test)]").next().unwrap_or_default();
    if pure {
        for word in IMPURE.iter().filter(|word| body.contains(**word)) {
            breaches.push(format!("{shown} contains {word}: this crate has no file, clock or environment"));
        }
    }
    for word in ["/home/", "/root/", "/work/"] {
        if text.contains(word) {
            breaches.push(format!("{shown} contains the path {word} of some machine"));
        }
    }
    if text.contains("#[ignore") {
        breaches.push(format!("{shown} ignores a test"));
    }
    breaches
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return files };
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("xtask/src/tidy.rs") {
            files.push(path);
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_as_architecture_says() {
        assert_eq!(check(&root()), Vec::<String>::new());
    }

    #[test]
    fn the_table_of_rooms_is_read_by_its_backticks() {
        let text = "# A\n\n## Rooms\n\n| crate | is | owns alone | may use |\n|---|---|---|---|\n| `a` | the `x` | `petgraph` | – |\n| `b` | y | – | `a` |\n\n## Next\n";
        let rooms = parse_rooms(text).expect("the table is there");
        assert_eq!(rooms["a"], Room { owns: BTreeSet::from(["petgraph".into()]), uses: BTreeSet::new() });
        assert_eq!(rooms["b"].uses, BTreeSet::from(["a".into()]));
        assert!(parse_rooms("# nothing").is_err());
    }

    #[test]
    fn impure_words_count_in_pure_crates_outside_tests() {
        assert_eq!(check_text("a.rs", "//! a\nuse std::fs;\n", true).len(), 1);
        assert_eq!(check_text("a.rs", "//! a\nuse std::fs;\n", false).len(), 0);
        assert_eq!(check_text("a.rs", "//! a\n#[cfg(test)]\nmod tests { use std::fs; }\n", true).len(), 0);
        assert_eq!(check_text("a.rs", "fn a() {}\n", false).len(), 1);
        assert_eq!(check_text("a.rs", &format!("//! a\n{}", "\n".repeat(700)), false).len(), 1);
        assert_eq!(check_text("a.rs", &format!("//! a\n//! Long: a table.\n{}", "\n".repeat(700)), false).len(), 0);
    }
}
