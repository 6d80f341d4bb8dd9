//! The fluid of a net and how the net is computed.

use serde_json::{Map, Value};
use twin::{
    Finding, Findings,
    utility::{Fluid, Friction, Medium, Operation, Property},
};

use crate::pandas;

/// The fluid, the friction law and the ambient temperature of a net.
pub(super) fn operation(net: &Map<String, Value>, findings: &mut Findings) -> Option<Operation> {
    let Some(value) = net.get("fluid").filter(|value| !value.is_null()) else {
        findings.push(
            Finding::error("fluid-missing", "The net has no fluid.")
                .with_field("fluid")
                .with_help("Create it with a fluid: `pandapipes.create_empty_network(fluid=\"hgas\")`."),
        );
        return None;
    };
    let fluid = match pandas::inner(value) {
        Ok(fluid) => fluid.into_owned(),
        Err(error) => {
            let message = format!("The fluid of the net cannot be read: {error}.");
            findings.push(Finding::error("fluid-unreadable", message).with_field("fluid"));
            return None;
        }
    };
    let is_gas = fluid.get("is_gas").and_then(Value::as_bool).unwrap_or_else(|| fluid["fluid_type"] == "gas");
    let name = fluid.get("name").and_then(Value::as_str).unwrap_or("fluid").to_owned();
    let mut property = |name: &str, fallback: Option<f64>| {
        match (fluid["all_properties"].get(name), fallback) {
            (None | Some(Value::Null), Some(value)) => Ok(Property::Constant { value }),
            (None | Some(Value::Null), None) => Err("it is missing".to_owned()),
            (Some(value), _) => read_property(value),
        }
        .map_err(|reason| {
            let message = format!("Property `{name}` of the fluid cannot be used: {reason}.");
            findings.push(Finding::error("fluid-property", message).with_field(format!("fluid.{name}")));
        })
        .ok()
    };
    let density = property("density", None);
    let viscosity = property("viscosity", None);
    // Only nets that are computed with temperatures need it.
    let heat_capacity = property("heat_capacity", is_gas.then_some(2000.0));
    let compressibility = property("compressibility", (!is_gas).then_some(1.0));
    let options = net.get("user_pf_options");
    let ambient_k = options
        .and_then(|options| pandas::number(options.get("ambient_temperature")?))
        .filter(|value| *value > 0.0)
        .unwrap_or(293.15);
    let friction = match options.and_then(|options| options.get("friction_model")?.as_str()) {
        Some("colebrook") => Friction::Colebrook,
        Some("swamee-jain") => Friction::SwameeJain,
        _ => Friction::Nikuradse,
    };
    Some(Operation {
        medium: if is_gas { Medium::Gas } else { Medium::Heat },
        fluid: Fluid {
            name,
            is_gas,
            density: density?,
            viscosity: viscosity?,
            heat_capacity: heat_capacity?,
            compressibility: compressibility?,
        },
        friction,
        ambient_k,
    })
}

fn read_property(value: &Value) -> Result<Property, String> {
    let class = pandas::class(value).unwrap_or("").to_owned();
    let inner = pandas::inner(value).map_err(|error| format!("it is no JSON: {error}"))?;
    let number = |name: &str| inner.get(name).and_then(pandas::number).ok_or_else(|| format!("`{name}` is no number"));
    let list =
        |name: &str| inner.get(name).and_then(pandas::numbers).ok_or_else(|| format!("`{name}` is no list of numbers"));
    match class.as_str() {
        "FluidPropertyConstant" => match number("value") {
            Ok(value) => Ok(Property::Constant { value }),
            Err(error) => match list("value")?.as_slice() {
                [value] => Ok(Property::Constant { value: *value }),
                _ => Err(error),
            },
        },
        "FluidPropertyLinear" => Ok(Property::Linear { slope: number("slope")?, offset: number("offset")? }),
        "FluidPropertyInterExtra" => {
            let (x, y) = (list("x")?, list("y")?);
            let mut points: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            points.dedup_by(|a, b| a.0 == b.0);
            if x.len() != y.len() || points.is_empty() {
                return Err(format!("it has {} places and {} values", x.len(), y.len()));
            }
            let (x, y) = points.into_iter().unzip();
            Ok(Property::Table { x, y })
        }
        "FluidPropertyPolynominal" | "FluidPropertyPolynomial" => {
            let getter = inner.get("prop_getter").ok_or("it has no coefficients")?;
            let of_object = || {
                let object = pandas::inner(getter).ok()?;
                ["coeffs", "coefficients", "c", "_coeffs"].iter().find_map(|name| pandas::numbers(object.get(name)?))
            };
            let coefficients = pandas::numbers(getter).or_else(of_object).ok_or("it has no coefficients")?;
            Ok(Property::Polynomial { coefficients })
        }
        "FluidPropertySutherland" => Ok(Property::Sutherland {
            eta0: number("eta0")?,
            t0_k: number("t0")?,
            sutherland_k: number("t_sutherland")?,
        }),
        other => Err(format!("its class `{other}` is not known")),
    }
}
