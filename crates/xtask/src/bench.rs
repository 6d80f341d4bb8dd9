//! Benchmarks beside other software: the same instances, the same machine, one run.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// What is measured beside what.
struct Recipe {
    /// Its word in the arguments; the first recipe needs none.
    word: &'static str,
    /// The environment, of those that the peers' own set-up makes, whose interpreter has the peers.
    environment: &'static str,
    /// What `cargo bench` runs, up to the peers.
    bench: &'static [&'static str],
    /// Where the bench wants one of the peers' scripts, not their folder.
    script: Option<&'static str>,
    /// Which libraries of `benches/peers` are measured, too: a feature there.
    in_rust: Option<&'static str>,
}

const RECIPES: [Recipe; 4] = [
    // The dev profile compiles the crates that compute fully; nothing is built twice.
    Recipe {
        word: "traffic",
        environment: "traffic",
        bench: &["--profile", "dev", "--bench", "assignment", "--", "tntp"],
        script: None,
        in_rust: None,
    },
    Recipe {
        word: "sumo",
        environment: "traffic",
        bench: &["--profile", "dev", "--bench", "sumo", "--"],
        script: None,
        in_rust: None,
    },
    Recipe {
        word: "water",
        environment: "utilities",
        bench: &["--profile", "dev", "--bench", "pipes_peers", "--"],
        script: None,
        in_rust: Some("water"),
    },
    Recipe {
        word: "power",
        environment: "utilities",
        bench: &["--profile", "dev", "--bench", "power", "--"],
        script: Some("utilities/c_power_batch.py"),
        in_rust: Some("power"),
    },
];

/// How the recipes are called.
pub(crate) const USAGE: &str = "bench peers [traffic|sumo|water|power] [PEERS [PYTHON]]";

/// `bench peers [traffic|sumo|water|power] [PEERS [PYTHON]]`: folder of the peers' scripts (default: `peers` beside the folder of the test data), and
/// an interpreter that has their packages (default: that of the environment which the scripts' own set-up makes there).
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let [peers_word, rest @ ..] = arguments else { return usage() };
    if peers_word != "peers" {
        return usage();
    }
    let named = rest.first().and_then(|word| RECIPES.iter().find(|recipe| recipe.word == word));
    let (recipe, rest) = named.map_or((&RECIPES[0], rest), |recipe| (recipe, &rest[1..]));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data = std::env::var_os("STADTWIN_DATA").map_or_else(|| root.join("../shared/data"), PathBuf::from);
    let peers = rest.first().map_or_else(|| data.join("../peers"), PathBuf::from);
    let own = || peers.join(".venv-peers").join(recipe.environment).join("bin/python");
    let python = rest.get(1).map_or_else(own, PathBuf::from);
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["bench", "--locked", "--workspace"]).args(recipe.bench).current_dir(&root);
    if python.is_file() {
        let scripts = recipe.script.map_or_else(|| peers.clone(), |script| peers.join(script));
        cargo.arg("--peers").arg(python).arg(scripts);
    } else {
        let setup = peers.join("setup.sh");
        println!("{} is absent: run {} first, or name the interpreter", python.display(), setup.display());
        if recipe.in_rust.is_none() {
            return ExitCode::from(2);
        }
    }
    if let Some(folder) = recipe.in_rust.and_then(|feature| peers_in_rust(&root, feature)) {
        cargo.arg("--rust").arg(folder);
    }
    match cargo.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("cargo does not start: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Builds the libraries in Rust that are measured beside Stadtwin, a workspace of its own, and gives the folder of their programs; nothing,
/// and said so, where that fails: cargo fetches their sources, which needs a network the first time.
fn peers_in_rust(root: &Path, feature: &str) -> Option<PathBuf> {
    let target = root.join("target/peers");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--manifest-path"])
        .arg(root.join("benches/peers/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .args(["--features", feature])
        .status();
    let built = status.as_ref().is_ok_and(std::process::ExitStatus::success);
    if !built {
        println!("the peers in Rust (benches/peers) are not built: measured without them");
    }
    // The bench runs elsewhere.
    built.then(|| target.canonicalize().unwrap_or(target).join("release"))
}

fn usage() -> ExitCode {
    println!("usage: cargo run -p xtask -- {USAGE}");
    ExitCode::from(2)
}
