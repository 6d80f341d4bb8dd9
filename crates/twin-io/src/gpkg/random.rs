//! Random twins for round trips.
//!
//! Long: one strategy per kind of thing in a twin, each a few lines.

mod power;

use proptest::{collection::vec, option::of, prelude::*, sample::select};
use twin::{
    Crs, Id, Key, Network, Source, Terrain, Twin,
    area::{Area, AreaKind, GroundLine, GroundLineKind},
    building::{Address, Building, BuildingUse, Place, PlaceKind, RoofShape},
    demand::{Connector, Demand, OdMatrix, VehicleClass, Zone, ZoneKind},
    geo_types::{
        Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon,
    },
    jiff::civil::Date,
    road::{
        Arc, Assumed, Carriageway, Impedance, Modes, NodeControl, RoadClass, RoadLink, RoadNode, Structure, TurnKind,
        TurnRestriction, VolumeDelay,
    },
    transit::{BusRoute, BusStop},
    utility::{
        Asset, Burial, Fluid, Friction, GasLink, GasLinkKind, GasNode, HeatLink, HeatLinkKind, HeatNode, HeatNodeKind,
        Manhole, Medium, Operation, Property, SewerKind, SewerPipe, ValveKind, ValveState, WaterDemand, WaterLink,
        WaterLinkDetail, WaterLinkKind, WaterNode, WaterNodeDetail, WaterNodeKind,
    },
};

fn number() -> BoxedStrategy<f64> {
    // Negative zero is the one number that SQLite does not keep.
    prop_oneof![
        -1e7..1e7f64,
        select(vec![
            0.0,
            1.0,
            -3.0,
            1e300,
            -1e-300,
            f64::MIN_POSITIVE,
            5e-324,
            f64::MAX,
            0.1 + 0.2,
            9_007_199_254_740_993.0
        ])
    ]
    .boxed()
}

fn text() -> BoxedStrategy<String> {
    prop_oneof![
        any::<String>(),
        "[a-zäöüß ]{0,12}",
        select(vec!["Am Weißen Stein", "Straße \"Zur Mühle\"", "Ecke'; DROP TABLE twin; --", "日本 🏘", ""])
            .prop_map(str::to_owned)
    ]
    .boxed()
}

fn key() -> BoxedStrategy<Key> {
    text().prop_map(Key::new).boxed()
}

fn coord() -> BoxedStrategy<Coord<f64>> {
    (number(), number()).prop_map(|(x, y)| Coord { x, y }).boxed()
}

fn line() -> BoxedStrategy<LineString<f64>> {
    vec(coord(), 0..5).prop_map(LineString).boxed()
}

fn polygon() -> BoxedStrategy<Polygon<f64>> {
    (line(), vec(line(), 0..3)).prop_map(|(exterior, interiors)| Polygon::new(exterior, interiors)).boxed()
}

fn polygons() -> BoxedStrategy<MultiPolygon<f64>> {
    vec(polygon(), 0..3).prop_map(MultiPolygon).boxed()
}

fn geometry() -> BoxedStrategy<Geometry<f64>> {
    let simple = prop_oneof![
        coord().prop_map(|coord| Geometry::Point(Point(coord))),
        line().prop_map(Geometry::LineString),
        polygon().prop_map(Geometry::Polygon),
        vec(coord(), 0..3).prop_map(|coords| Geometry::MultiPoint(MultiPoint(coords.into_iter().map(Point).collect()))),
        vec(line(), 0..3).prop_map(|lines| Geometry::MultiLineString(MultiLineString(lines))),
        polygons().prop_map(Geometry::MultiPolygon),
    ];
    simple
        .prop_recursive(2, 6, 3, |inner| {
            vec(inner, 0..3).prop_map(|parts| Geometry::GeometryCollection(GeometryCollection(parts)))
        })
        .boxed()
}

fn date() -> BoxedStrategy<Date> {
    (1900..2100i16, 1..=12i8, 1..=28i8).prop_map(|(year, month, day)| Date::constant(year, month, day)).boxed()
}

fn modes() -> BoxedStrategy<Modes> {
    (0..64u8).prop_map(Modes).boxed()
}

fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> BoxedStrategy<T> {
    select(all).boxed()
}

/// A reference to one of `n` rows.
fn id<T: 'static>(n: usize) -> BoxedStrategy<Option<Id<T>>> {
    if n == 0 { Just(None).boxed() } else { of((0..n).prop_map(Id::new)).boxed() }
}

/// Up to three references to `n` rows.
fn ids<T: 'static>(n: usize) -> BoxedStrategy<Vec<Id<T>>> {
    if n == 0 { Just(Vec::new()).boxed() } else { vec((0..n).prop_map(Id::new), 0..4).boxed() }
}

fn arcs(n_links: usize, at_most: usize) -> BoxedStrategy<Vec<Arc>> {
    if n_links == 0 {
        Just(Vec::new()).boxed()
    } else {
        vec((0..2 * n_links).prop_map(Arc::from_index), 0..=at_most).boxed()
    }
}

fn sources() -> BoxedStrategy<Vec<Source>> {
    let source = (text(), text(), of(text()), of(text()), of(date()), of(text()));
    vec(
        source.prop_map(|(name, format, licence, attribution, date, hash)| Source {
            name,
            format,
            licence,
            attribution,
            date,
            hash,
        }),
        0..3,
    )
    .boxed()
}

fn network<N: std::fmt::Debug + Clone + 'static, L: std::fmt::Debug + Clone + 'static>(
    node: impl Strategy<Value = N> + 'static,
    link: impl Strategy<Value = L> + 'static,
) -> BoxedStrategy<Network<N, L>> {
    (vec(node, 0..5), vec((any::<usize>(), any::<usize>(), link), 0..6))
        .prop_map(|(nodes, links)| {
            let mut network = Network::new();
            let n_nodes = nodes.len();
            for node in nodes {
                network.add_node(node);
            }
            for (from, to, link) in links.into_iter().filter(|_| n_nodes > 0) {
                network.add_link(Id::new(from % n_nodes), Id::new(to % n_nodes), link);
            }
            network
        })
        .boxed()
}

fn road_node() -> BoxedStrategy<RoadNode> {
    let control = select(vec![
        NodeControl::None,
        NodeControl::Signal,
        NodeControl::Stop,
        NodeControl::GiveWay,
        NodeControl::MiniRoundabout,
        NodeControl::TurningCircle,
    ]);
    (key(), coord(), of(number()), control, any::<bool>(), any::<bool>())
        .prop_map(|(key, position, elevation_m, control, border, through)| RoadNode {
            key,
            position,
            elevation_m,
            control,
            border,
            through,
        })
        .boxed()
}

fn carriageway() -> BoxedStrategy<Carriageway> {
    let delay = prop_oneof![
        (number(), number()).prop_map(|(alpha, beta)| VolumeDelay::Bpr { alpha, beta }),
        number().prop_map(|alpha| VolumeDelay::Conical { alpha }),
        (number(), number()).prop_map(|(j, period_h)| VolumeDelay::Akcelik { j, period_h }),
    ];
    let impedance = (number(), number(), delay, number(), number()).prop_map(
        |(free_flow_time, capacity_veh_h, delay, toll, distance)| Impedance {
            free_flow_time,
            capacity_veh_h,
            delay,
            toll,
            distance,
        },
    );
    (modes(), any::<u8>(), number(), of(impedance))
        .prop_map(|(modes, lanes, speed_limit_kmh, impedance)| Carriageway { modes, lanes, speed_limit_kmh, impedance })
        .boxed()
}

fn road_link() -> BoxedStrategy<RoadLink> {
    let names = (key(), vec(key(), 0..3), of(text()), of(text()), one_of(RoadClass::ALL), of(text()));
    let shape = (line(), number(), one_of(Structure::ALL), any::<i8>(), of(number()));
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), of(any::<bool>()), 0..4u8);
    let limits = (of(number()), of(number()), of(number()));
    (names, shape, flags, limits, carriageway(), carriageway())
        .prop_map(|(names, shape, flags, limits, forward, backward)| {
            let (key, source_keys, name, route, class, surface) = names;
            let (geometry, length_m, structure, layer, width_m) = shape;
            let (shared_lane, roundabout, destination_only, built_up, assumed) = flags;
            let (max_weight_t, max_height_m, max_width_m) = limits;
            RoadLink {
                key,
                source_keys,
                name,
                route,
                class,
                geometry,
                length_m,
                forward,
                backward,
                shared_lane,
                width_m,
                surface,
                structure,
                layer,
                roundabout,
                destination_only,
                built_up,
                max_weight_t,
                max_height_m,
                max_width_m,
                assumed: Assumed(assumed),
            }
        })
        .boxed()
}

fn building() -> BoxedStrategy<Building> {
    let names = (
        key(),
        polygons(),
        one_of(BuildingUse::ALL),
        of(text()),
        of(one_of(RoofShape::ALL)),
        of(any::<i32>()),
        of(key()),
    );
    let sizes = (of(number()), of(number()), of(number()), of(number()), of(number()), of(number()), of(number()));
    (names, sizes)
        .prop_map(|((key, footprint, usage, name, roof, year_built, part_of), sizes)| {
            let (levels, height_m, min_height_m, roof_height_m, dwellings, residents, jobs) = sizes;
            Building {
                key,
                footprint,
                usage,
                name,
                levels,
                height_m,
                min_height_m,
                roof,
                roof_height_m,
                year_built,
                dwellings,
                residents,
                jobs,
                part_of,
            }
        })
        .boxed()
}

fn burial() -> BoxedStrategy<Burial> {
    (of(text()), of(any::<i32>()), of(number()), of(number()), of(text()))
        .prop_map(|(material, year_laid, cover_m, position_accuracy_m, operator)| Burial {
            material,
            year_laid,
            cover_m,
            position_accuracy_m,
            operator,
        })
        .boxed()
}

fn water(n_buildings: usize) -> BoxedStrategy<Network<WaterNode, WaterLink>> {
    let kind = prop_oneof![
        number().prop_map(|base_demand_m3_s| WaterNodeKind::Junction { base_demand_m3_s }),
        Just(WaterNodeKind::Hydrant),
        number().prop_map(|head_m| WaterNodeKind::Reservoir { head_m }),
        (number(), number(), number(), number()).prop_map(|(initial_level_m, min_level_m, max_level_m, diameter_m)| {
            WaterNodeKind::Tank { initial_level_m, min_level_m, max_level_m, diameter_m }
        }),
    ];
    let demand = (number(), of(text()), of(text())).prop_map(|(base_m3_s, pattern, category)| WaterDemand {
        base_m3_s,
        pattern,
        category,
    });
    let detail = (of(text()), of(text()), vec(demand, 0..3), number(), number(), of(text()), any::<bool>()).prop_map(
        |(pattern, category, further_demands, emitter_m3_s, min_volume_m3, volume_curve, overflow)| WaterNodeDetail {
            pattern,
            category,
            further_demands,
            emitter_m3_s,
            min_volume_m3,
            volume_curve,
            overflow,
        },
    );
    let node = (key(), coord(), number(), kind, id(n_buildings), detail).prop_map(
        |(key, position, elevation_m, kind, building, detail)| WaterNode {
            key,
            position,
            elevation_m,
            kind,
            building,
            detail,
        },
    );
    let kind = prop_oneof![
        (number(), number(), number(), any::<bool>()).prop_map(|(length_m, diameter_m, roughness, open)| {
            WaterLinkKind::Pipe { length_m, diameter_m, roughness, open }
        }),
        (number(), number(), number(), any::<bool>()).prop_map(|(design_flow_m3_s, design_head_m, power_w, on)| {
            WaterLinkKind::Pump { design_flow_m3_s, design_head_m, power_w, on }
        }),
        (number(), any::<bool>()).prop_map(|(diameter_m, open)| WaterLinkKind::Valve { diameter_m, open }),
        (number(), number())
            .prop_map(|(diameter_m, setting_m)| WaterLinkKind::PressureReducer { diameter_m, setting_m }),
        (select(ValveKind::ALL), number(), number(), select(ValveState::ALL)).prop_map(
            |(valve, diameter_m, setting, state)| WaterLinkKind::ControlValve { valve, diameter_m, setting, state }
        ),
    ];
    let detail = (number(), any::<bool>(), of(text()), of(text()), of(number())).prop_map(
        |(minor_loss, check_valve, curve, pattern, speed)| WaterLinkDetail {
            minor_loss,
            check_valve,
            curve,
            pattern,
            speed,
        },
    );
    let link = (key(), line(), kind, burial(), detail).prop_map(|(key, geometry, kind, burial, detail)| WaterLink {
        key,
        geometry,
        kind,
        burial,
        detail,
    });
    network(node, link).boxed()
}

fn gas(n_buildings: usize) -> BoxedStrategy<Network<GasNode, GasLink>> {
    let node =
        (key(), coord(), (number(), number(), number(), number()), of(number()), any::<(u32, bool)>(), id(n_buildings))
            .prop_map(|(key, position, numbers, feed_pressure_bar, (customers, in_service), building)| {
                let (height_m, temperature_k, demand_m3_h, infeed_m3_h) = numbers;
                GasNode {
                    key,
                    position,
                    height_m,
                    temperature_k,
                    feed_pressure_bar,
                    demand_m3_h,
                    infeed_m3_h,
                    customers,
                    in_service,
                    building,
                }
            });
    let kind = prop_oneof![
        ((number(), number(), number(), number()), any::<(u32, bool)>()).prop_map(|(numbers, (sections, open))| {
            let (length_m, diameter_m, roughness_mm, loss_coefficient) = numbers;
            GasLinkKind::Pipe { length_m, diameter_m, roughness_mm, loss_coefficient, sections, open }
        }),
        (number(), number(), any::<bool>()).prop_map(|(diameter_m, loss_coefficient, open)| GasLinkKind::Valve {
            diameter_m,
            loss_coefficient,
            open
        }),
        (curve(), any::<bool>()).prop_map(|(curve, open)| GasLinkKind::Pump { curve, open }),
        (number(), any::<bool>()).prop_map(|(pressure_ratio, open)| GasLinkKind::Compressor { pressure_ratio, open }),
        (number(), any::<(bool, bool)>()).prop_map(|(flow_m3_h, (active, open))| GasLinkKind::FlowControl {
            flow_m3_h,
            active,
            open
        }),
        (number(), of(key()), number(), any::<(bool, bool)>()).prop_map(
            |(pressure_bar, controlled_key, loss_coefficient, (active, open))| GasLinkKind::PressureControl {
                pressure_bar,
                controlled_key,
                loss_coefficient,
                active,
                open,
            },
        ),
    ];
    let link = (key(), line(), kind, burial()).prop_map(|(key, geometry, kind, burial)| GasLink {
        key,
        geometry,
        kind,
        burial,
    });
    network(node, link).boxed()
}

/// Numbers that JSON gives back to the last bit.
fn curve() -> BoxedStrategy<Vec<f64>> {
    vec((-1000..1000_i32).prop_map(|eighths| f64::from(eighths) / 8.0), 0..4).boxed()
}

fn operations() -> BoxedStrategy<Vec<Operation>> {
    let property = prop_oneof![
        curve().prop_map(|coefficients| Property::Polynomial { coefficients }),
        curve().prop_map(|y| Property::Table { x: y.clone(), y }),
        Just(Property::Constant { value: 0.5 }),
        Just(Property::Linear { slope: -0.25, offset: 1.0 }),
        Just(Property::Sutherland { eta0: 0.125, t0_k: 273.15, sutherland_k: 110.0 }),
    ];
    let fluid = (text(), any::<bool>(), vec(property, 4)).prop_map(|(name, is_gas, properties)| Fluid {
        name,
        is_gas,
        density: properties[0].clone(),
        viscosity: properties[1].clone(),
        heat_capacity: properties[2].clone(),
        compressibility: properties[3].clone(),
    });
    let operation = (one_of(Medium::ALL), fluid, one_of(Friction::ALL), number())
        .prop_map(|(medium, fluid, friction, ambient_k)| Operation { medium, fluid, friction, ambient_k });
    vec(operation, 0..3).boxed()
}

fn heat(n_buildings: usize) -> BoxedStrategy<Network<HeatNode, HeatLink>> {
    let kind = prop_oneof![
        Just(HeatNodeKind::Junction),
        (number(), number(), number()).prop_map(|(power_w, supply_c, lift_bar)| HeatNodeKind::Producer {
            power_w,
            supply_c,
            lift_bar
        }),
        (number(), number()).prop_map(|(load_w, return_c)| HeatNodeKind::Consumer { load_w, return_c }),
    ];
    let node = (
        key(),
        coord(),
        (number(), number(), number()),
        (of(number()), of(number())),
        kind,
        any::<bool>(),
        id(n_buildings),
    )
        .prop_map(|(key, position, numbers, feed, kind, in_service, building)| HeatNode {
            key,
            position,
            height_m: numbers.0,
            temperature_k: numbers.1,
            feed_pressure_bar: feed.0,
            feed_temperature_k: feed.1,
            draw_kg_s: numbers.2,
            kind,
            in_service,
            building,
        });
    let link = (key(), line(), heat_link_kind(), burial()).prop_map(|(key, geometry, kind, burial)| HeatLink {
        key,
        geometry,
        kind,
        burial,
    });
    network(node, link).boxed()
}

fn heat_link_kind() -> BoxedStrategy<HeatLinkKind> {
    let options = || (of(number()), of(number()), of(number()), of(number()));
    prop_oneof![
        ((number(), number(), number(), number()), any::<bool>()).prop_map(|(numbers, open)| {
            let (length_m, diameter_m, roughness_mm, loss_w_m_k) = numbers;
            HeatLinkKind::PipePair { length_m, diameter_m, roughness_mm, loss_w_m_k, open }
        }),
        ((number(), number(), number(), number(), number()), of(number()), any::<(u32, bool)>()).prop_map(
            |(numbers, ground_k, (sections, open))| {
                let (length_m, diameter_m, roughness_mm, loss_coefficient, loss_w_m_k) = numbers;
                HeatLinkKind::Pipe {
                    length_m,
                    diameter_m,
                    roughness_mm,
                    loss_coefficient,
                    loss_w_m_k,
                    ground_k,
                    sections,
                    open,
                }
            }
        ),
        (number(), number(), any::<bool>()).prop_map(|(diameter_m, loss_coefficient, open)| HeatLinkKind::Valve {
            diameter_m,
            loss_coefficient,
            open
        }),
        (curve(), any::<bool>()).prop_map(|(curve, open)| HeatLinkKind::Pump { curve, open }),
        (options(), any::<bool>()).prop_map(|((supply_pressure_bar, supply_k, lift_bar, mass_flow_kg_s), open)| {
            HeatLinkKind::CirculationPump { supply_pressure_bar, supply_k, lift_bar, mass_flow_kg_s, open }
        }),
        (number(), number(), number(), any::<bool>()).prop_map(|(diameter_m, loss_coefficient, heat_w, open)| {
            HeatLinkKind::Exchanger { diameter_m, loss_coefficient, heat_w, open }
        }),
        (options(), any::<bool>()).prop_map(|((heat_w, mass_flow_kg_s, cooling_k, return_k), open)| {
            HeatLinkKind::Consumer { heat_w, mass_flow_kg_s, cooling_k, return_k, open }
        }),
        (number(), any::<(bool, bool)>()).prop_map(|(mass_flow_kg_s, (active, open))| HeatLinkKind::FlowControl {
            mass_flow_kg_s,
            active,
            open
        }),
        (number(), of(key()), number(), any::<(bool, bool)>()).prop_map(
            |(pressure_bar, controlled_key, loss_coefficient, (active, open))| HeatLinkKind::PressureControl {
                pressure_bar,
                controlled_key,
                loss_coefficient,
                active,
                open,
            },
        ),
    ]
    .boxed()
}

fn sewer() -> BoxedStrategy<Network<Manhole, SewerPipe>> {
    let node = (key(), coord(), number(), number(), any::<bool>()).prop_map(
        |(key, position, cover_elevation_m, invert_elevation_m, outfall)| Manhole {
            key,
            position,
            cover_elevation_m,
            invert_elevation_m,
            outfall,
        },
    );
    let link = (key(), line(), number(), number(), one_of(SewerKind::ALL), burial()).prop_map(
        |(key, geometry, length_m, diameter_m, kind, burial)| SewerPipe {
            key,
            geometry,
            length_m,
            diameter_m,
            kind,
            burial,
        },
    );
    network(node, link).boxed()
}

fn demand(n_nodes: usize) -> BoxedStrategy<Option<Demand>> {
    let zone = (key(), of(text()), coord(), one_of(ZoneKind::ALL), number(), number(), ids(n_nodes), number())
        .prop_map(|(key, name, position, kind, residents, jobs, nodes, time_s)| Zone {
            key,
            name,
            position,
            kind,
            residents,
            jobs,
            connectors: nodes.into_iter().map(|node| Connector { node, time_s }).collect(),
        });
    let matrix = (one_of(VehicleClass::ALL), of(0..24u8), vec((any::<u32>(), any::<u32>(), 1e-9..1e6f64), 0..6));
    of((vec(zone, 0..4), vec(matrix, 0..3)).prop_map(|(zones, matrices)| {
        let n = zones.len() as u32;
        let matrices = matrices.into_iter().map(|(class, hour, mut entries)| {
            if n == 0 {
                entries.clear();
            }
            let entries: Vec<_> = entries.into_iter().map(|(from, to, trips)| (from % n, to % n, trips)).collect();
            OdMatrix::from_entries(class, hour, n as usize, &entries)
        });
        let matrices = matrices.collect();
        Demand { zones, matrices }
    }))
    .boxed()
}

fn terrain() -> BoxedStrategy<Option<Terrain>> {
    of((coord(), number(), 0..4u32, 0..4u32, -500f32..3000.0).prop_map(
        |(origin, cell_m, n_columns, n_rows, height)| Terrain {
            origin,
            cell_m,
            n_columns,
            n_rows,
            height_m: (0..n_columns * n_rows).map(|post| height + post as f32 * 0.1).collect(),
        },
    ))
    .boxed()
}

/// Any twin: every option there and not, empty tables, letters of all kinds, holes.
pub(super) fn twins() -> BoxedStrategy<Twin> {
    let first = (
        text(),
        select(vec![0, 25832, 25833, 4326, 32632, 31468]),
        sources(),
        network(road_node(), road_link()),
        vec(building(), 0..4),
        sewer(),
    );
    first
        .prop_flat_map(|(name, epsg, sources, roads, buildings, sewer)| {
            let (n_nodes, n_links, n_buildings) = (roads.n_nodes(), roads.n_links(), buildings.len());
            let restriction = (key(), arcs(n_links, 3), one_of(TurnKind::ALL), modes());
            let address = (key(), coord(), of(text()), text(), of(text()), of(text()), id(n_buildings)).prop_map(
                |(key, position, street, house_number, postcode, city, building)| Address {
                    key,
                    position,
                    street,
                    house_number,
                    postcode,
                    city,
                    building,
                },
            );
            let place = (key(), one_of(PlaceKind::ALL), of(text()), coord(), id(n_buildings))
                .prop_map(|(key, kind, name, position, building)| Place { key, kind, name, position, building });
            let area = (key(), one_of(AreaKind::ALL), of(text()), polygons())
                .prop_map(|(key, kind, name, polygon)| Area { key, kind, name, polygon });
            let ground = (key(), one_of(GroundLineKind::ALL), of(text()), of(number()), one_of(Structure::ALL), line())
                .prop_map(|(key, kind, name, width_m, structure, geometry)| GroundLine {
                    key,
                    kind,
                    name,
                    width_m,
                    structure,
                    geometry,
                });
            let stop = (key(), of(text()), coord()).prop_map(|(key, name, position)| BusStop { key, name, position });
            let route = (
                key(),
                (of(text()), of(text()), of(text())),
                arcs(n_links, 5),
                vec(any::<usize>(), 0..4),
                of(number()),
            );
            let asset =
                (key(), one_of(Medium::ALL), text(), geometry(), proptest::collection::btree_map(text(), text(), 0..3))
                    .prop_map(|(key, medium, kind, geometry, attributes)| Asset {
                        key,
                        medium,
                        kind,
                        geometry,
                        attributes,
                    });
            let tables = (
                vec(restriction, 0..3),
                vec(address, 0..3),
                vec(place, 0..3),
                vec(area, 0..3),
                vec(ground, 0..3),
                vec(asset, 0..3),
            );
            let transit = (vec(stop, 0..3), vec(route, 0..3), operations());
            let nets =
                (water(n_buildings), gas(n_buildings), heat(n_buildings), power::power(n_buildings), Just(sewer));
            let base = Just((name, epsg, sources, roads, buildings));
            (base, tables, transit, nets, demand(n_nodes), terrain()).prop_map(
                |(
                    (name, epsg, sources, roads, buildings),
                    tables,
                    (stops, routes, operations),
                    nets,
                    demand,
                    terrain,
                )| {
                    let mut twin = Twin::empty(name, Crs { epsg });
                    let (restrictions, addresses, places, areas, lines, assets) = tables;
                    twin.sources = sources;
                    twin.roads = roads;
                    twin.buildings = buildings.into();
                    twin.restrictions = restrictions
                        .into_iter()
                        .filter(|(_, arcs, _, _)| arcs.len() >= 2)
                        .map(|(key, arcs, kind, except)| TurnRestriction {
                            key,
                            from: arcs[0],
                            to: arcs[1],
                            via: arcs[2..].to_vec(),
                            kind,
                            except,
                        })
                        .collect();
                    twin.addresses = addresses.into();
                    twin.places = places.into();
                    twin.areas = areas.into();
                    twin.ground_lines = lines.into();
                    twin.assets = assets.into();
                    twin.operations = operations.into();
                    let n_stops = stops.len();
                    twin.bus_stops = stops.into();
                    twin.bus_routes = routes
                        .into_iter()
                        .map(|(key, (line, name, operator), arcs, served, departures_per_day)| BusRoute {
                            key,
                            line,
                            name,
                            operator,
                            arcs,
                            departures_per_day,
                            stops: served
                                .into_iter()
                                .filter(|_| n_stops > 0)
                                .map(|stop| Id::new(stop % n_stops))
                                .collect(),
                        })
                        .collect();
                    (twin.water, twin.gas, twin.heat, twin.power, twin.sewer) = nets;
                    power::power_units(&mut twin);
                    twin.demand = demand;
                    twin.terrain = terrain;
                    twin
                },
            )
        })
        .boxed()
}
