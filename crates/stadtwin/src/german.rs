//! Help and refusals of the command line in German: the texts of clap's commands are replaced by those of the catalogue
//! before arguments are read, and what clap says by itself is said here.
//!
//! The viewer, a program of its own, includes this file too: only programs know clap, and both speak alike.

use std::{
    env,
    error::Error as _,
    ffi::{OsStr, OsString},
    io::Write as _,
};

use clap::{
    Arg, ArgAction, Command, Parser,
    builder::Str,
    error::{ContextKind, ContextValue, ErrorKind},
};
use twin_present::{Language, command_line, findings};

/// How clap writes headings: bold and underlined.
const HEADING: [&str; 2] = ["\u{1b}[1m\u{1b}[4m", "\u{1b}[0m"];
/// Where help and version stand in the list of options.
const LAST: usize = 998;

/// The arguments of this program. Help and refusals end it, as clap does, in the language asked for.
pub(crate) fn read<T: Parser>() -> T {
    let given: Vec<OsString> = env::args_os().collect();
    if asked(given.iter()).unwrap_or_else(system_language) == Language::En {
        return T::parse_from(given);
    }
    let read = spoken(T::command()).try_get_matches_from(given).and_then(|matches| T::from_arg_matches(&matches));
    read.unwrap_or_else(|error| match refusal(&error) {
        None => error.exit(),
        Some(text) => {
            let _ = std::io::stderr().write_all(text.as_bytes());
            std::process::exit(error.exit_code());
        }
    })
}

/// The language of the locale, else German.
pub(crate) fn system_language() -> Language {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .filter_map(|name| env::var(name).ok())
        .find(|value| !value.is_empty())
        .and_then(|locale| Language::from_locale(&locale))
        .unwrap_or_default()
}

/// The command with its help in German.
pub(crate) fn spoken(command: Command) -> Command {
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
    let version = version.help("Prints the version").display_order(LAST + 1);
    // Built, so that the usage of every command is known, and the help command is there.
    let mut command = told(command.disable_version_flag(true).arg(version));
    command.build();
    with_usage(command)
}

fn told(command: Command) -> Command {
    let has_help = !command.is_disable_help_flag_set();
    let (about, long_about) = (
        command.get_about().and_then(|text| command_line::german(&text.to_string())),
        command.get_long_about().and_then(|text| command_line::german(&text.to_string())),
    );
    let mut command = command;
    if let Some(about) = about {
        command = command.about(about);
    }
    if let Some(long_about) = long_about {
        command = command.long_about(long_about);
    }
    if has_help {
        let help = Arg::new("help").short('h').long("help").action(ArgAction::Help);
        command = command.disable_help_flag(true).arg(help.help("Prints help").display_order(LAST));
    }
    // Those without a name are listed in the order in which they are given.
    let mut n_nameless = 0;
    command
        .mut_args(|given| {
            n_nameless += usize::from(given.is_positional());
            let given = if given.is_positional() { given.display_order(n_nameless) } else { given };
            argument(given)
        })
        .mut_subcommands(told)
        .subcommand_help_heading(own("Commands"))
        .subcommand_value_name(own("COMMAND"))
        .help_template(format!(
            "{{before-help}}{{about-with-newline}}\n{}{}:{} {{usage}}\n\n{{all-args}}{{after-help}}",
            HEADING[0],
            own("Usage"),
            HEADING[1]
        ))
}

fn argument(argument: Arg) -> Arg {
    let mut remarks = String::new();
    let defaults: Vec<String> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    if takes_value(&argument) && !defaults.is_empty() {
        remarks.push_str(&format!(" [{}: {}]", own("default"), defaults.join(" ")));
    }
    let possible: Vec<String> = if takes_value(&argument) {
        argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
    } else {
        Vec::new()
    };
    if !possible.is_empty() {
        remarks.push_str(&format!(" [{}: {}]", own("possible"), possible.join(", ")));
    }
    let told = |text: String| format!("{}{remarks}", command_line::german(&text).unwrap_or(&text));
    let help = argument.get_help().map(|help| told(help.to_string()));
    let long_help = argument.get_long_help().map(|help| told(help.to_string()));
    let names: Vec<Str> = argument
        .get_value_names()
        .unwrap_or_default()
        .iter()
        .map(|name| command_line::german(name).map_or_else(|| name.clone(), Str::from))
        .collect();
    let heading = own(if argument.is_positional() { "Arguments" } else { "Options" });
    let mut argument = argument.help_heading(heading);
    if let Some(help) = help {
        argument = argument.help(help);
    }
    if let Some(help) = long_help {
        argument = argument.long_help(help);
    }
    if takes_value(&argument) {
        argument = argument.hide_default_value(true).hide_possible_values(true);
        if !names.is_empty() {
            argument = argument.value_names(names);
        }
    }
    argument
}

/// What clap says by itself.
fn own(english: &'static str) -> &'static str {
    command_line::german(english).unwrap_or(english)
}

pub(crate) fn takes_value(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Set | ArgAction::Append)
}

/// Puts the German word for options into the usage, which clap writes.
fn with_usage(command: Command) -> Command {
    let mut command = command.mut_subcommands(with_usage);
    let usage = command.render_usage().ansi().to_string();
    let usage = usage.split_once("Usage:").map_or(usage.as_str(), |(_, rest)| rest);
    let usage = usage.strip_prefix(HEADING[1]).unwrap_or(usage).trim_start();
    let usage = usage.replace("[OPTIONS]", &format!("[{}]", own("OPTIONS")));
    // Of the help command, which clap has added.
    let about = command.get_about().and_then(|text| command_line::german(&text.to_string()));
    let command = command.override_usage(usage);
    match about {
        Some(about) => command.about(about),
        None => command,
    }
}

/// Why arguments were refused, in German; nothing for help and version, and for refusals that this program does not make.
pub(crate) fn refusal(error: &clap::Error) -> Option<String> {
    let of = |kind| error.get(kind).map(shown).unwrap_or_default();
    let (argument, value) = (of(ContextKind::InvalidArg), of(ContextKind::InvalidValue));
    let what = match error.kind() {
        ErrorKind::InvalidValue if value.is_empty() => format!("Für „{argument}“ fehlt der Wert."),
        ErrorKind::InvalidValue => format!("„{value}“ ist kein Wert für „{argument}“."),
        ErrorKind::ValueValidation => {
            let reason = error.source().map(ToString::to_string).unwrap_or_default();
            let reason = findings::phrase(Language::De, &reason).into_owned();
            format!("„{value}“ ist kein Wert für „{argument}“: {reason}.")
        }
        ErrorKind::UnknownArgument => format!("„{argument}“ ist unbekannt."),
        ErrorKind::InvalidSubcommand => {
            format!("Den Befehl „{}“ gibt es nicht.", of(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => format!("Es fehlt: {argument}."),
        ErrorKind::MissingSubcommand => "Der Befehl fehlt.".to_owned(),
        ErrorKind::TooManyValues => format!("„{value}“ ist zu viel für „{argument}“."),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("„{argument}“ hat die falsche Zahl von Werten.")
        }
        ErrorKind::ArgumentConflict => format!("„{argument}“ steht im Widerspruch zu „{}“.", of(ContextKind::PriorArg)),
        _ => return None,
    };
    let mut text = format!("Fehler: {what}\n");
    let possible = of(ContextKind::ValidValue);
    let possible = if possible.is_empty() { of(ContextKind::ValidSubcommand) } else { possible };
    if !possible.is_empty() {
        text.push_str(&format!("  Möglich sind: {possible}\n"));
    }
    let near = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
        .into_iter()
        .find_map(|kind| error.get(kind));
    if let Some(near) = near {
        text.push_str(&format!("  Gemeint ist vielleicht: {}\n", shown(near)));
    }
    text.push_str("\nMehr dazu sagt „--help“.\n");
    Some(text)
}

fn shown(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join(", "),
        ContextValue::StyledStr(text) => text.to_string(),
        ContextValue::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// The language that the arguments ask for, before they are read: of the last `--lang`, where there is one.
pub(crate) fn asked(arguments: impl Iterator<Item = impl AsRef<OsStr>>) -> Option<Language> {
    let mut asked = None;
    let mut is_next = false;
    for argument in arguments {
        let text = argument.as_ref().to_string_lossy();
        if is_next {
            asked = Language::from_locale(&text);
        }
        is_next = text == "--lang";
        if let Some(value) = text.strip_prefix("--lang=") {
            asked = Language::from_locale(value);
        }
    }
    asked
}
