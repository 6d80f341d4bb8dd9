//! The one table of assumptions: every number that Stadtwin puts where the data is silent, with unit and source.
//! A scenario overrides any of them: `[assumptions]` in its file, `--set assumptions.trips_per_person=2.9` at the shell.
//!
//! Long: a table.

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assumption {
    /// Name in scenario files.
    pub key: &'static str,
    /// Value unless overridden.
    pub default: f64,
    /// Unit.
    pub unit: &'static str,
    /// Smallest and greatest admissible value.
    pub range: (f64, f64),
    /// Where the number comes from.
    pub source: &'static str,
}

macro_rules! assumptions {
    ($($(#[$meta:meta])* $key:ident = $default:literal, $unit:literal, $min:literal ..= $max:literal, $source:literal;)+) => {
        /// Values of all assumptions.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Assumptions { $($(#[$meta])* pub $key: f64),+ }

        impl Assumptions {
            /// The table, in the order in which it is shown.
            pub const TABLE: &'static [Assumption] = &[$(Assumption {
                key: stringify!($key), default: $default, unit: $unit, range: ($min, $max), source: $source,
            }),+];

            /// The value of a key.
            #[must_use]
            pub fn get(&self, key: &str) -> Option<f64> {
                match key { $(stringify!($key) => Some(self.$key),)+ _ => None }
            }

            /// Sets the value of a key; false where there is no such key or the value is out of its range (or NaN).
            #[must_use]
            pub fn set(&mut self, key: &str, value: f64) -> bool {
                match key { $(stringify!($key) if ($min..=$max).contains(&value) => { self.$key = value; true })+ _ => false }
            }
        }

        impl Default for Assumptions {
            fn default() -> Self { Self { $($key: $default),+ } }
        }
    };
}

assumptions! {
    // Demand: how often people travel.

    /// Trips of a resident on an average day, all modes.
    trips_per_person = 3.1, "1/d", 0.0..=10.0, "Mobilität in Deutschland 2017, Ergebnisbericht, BMVI 2018";

    // Demand: who lives and works where (used where the data gives neither residents, dwellings nor jobs).

    /// Residents of a dwelling.
    persons_per_dwelling = 1.95, "1", 1.0..=5.0, "Destatis 2020: 83.2 million residents, 42.8 million dwellings";
    /// Living space of a resident.
    living_space_m2 = 47.0, "m²", 15.0..=120.0, "Destatis, dwelling stock 2019 to 2020: 47.0 to 47.4 m² per head";
    /// Living space as a part of the gross floor area of a residential building.
    living_space_of_gross_floor = 0.75, "1", 0.4..=1.0, "engineering estimate: walls, stairs and cellar doors take 20 to 30 %";
    /// Part of the living space that is lived in.
    occupied_share = 0.95, "1", 0.3..=1.0, "engineering estimate: Zensus 2022 found 4.3 % of dwellings vacant";
    /// Storeys of a house or terraced house, attic included, where neither storeys nor height are known.
    storeys_house = 1.6, "1", 1.0..=4.0, "engineering estimate: one to two full storeys and a part of the attic";
    /// Storeys of a residential building of unknown form, attic included.
    storeys_residential = 1.7, "1", 1.0..=5.0, "engineering estimate: mostly houses";
    /// Storeys of an apartment building where neither storeys nor height are known. Low, because in small towns most of these are large
    /// houses that the import takes for apartments by their size.
    storeys_apartments = 2.0, "1", 1.0..=10.0, "engineering estimate, meets the populations of Bad Hersfeld and Lauf; raise to 3 to 5 in cities";
    /// Storeys of office, school, hospital, hotel and public buildings.
    storeys_office = 2.5, "1", 1.0..=10.0, "engineering estimate";
    /// Storeys of retail, trade, industrial and storage buildings.
    storeys_hall = 1.0, "1", 1.0..=4.0, "engineering estimate";
    /// Lived-in part of the attic, in storeys, where storeys are known and the roof is not flat.
    attic_share = 0.3, "1", 0.0..=1.0, "engineering estimate";
    /// Height of a storey, to tell storeys from a known height.
    storey_height_m = 3.2, "m", 2.2..=6.0, "engineering estimate";
    /// Smallest footprint of a building of unknown use in which people are assumed to live.
    building_min_m2 = 50.0, "m²", 0.0..=200.0, "engineering estimate: smaller ones are garages and sheds";
    /// Greatest footprint of a building of unknown use in which people are assumed to live; greater ones are taken for trade.
    building_max_m2 = 1000.0, "m²", 100.0..=10000.0, "engineering estimate";
    /// Part of the buildings of unknown use without an address that are lived in where all others have one; where no building has an address, all are.
    unaddressed_share = 0.15, "1", 0.0..=1.0, "engineering estimate: barns, garages, outbuildings";
    /// Part of the buildings of unknown use, without an address and outside of built-up land that are lived in, where all
    /// others stand in residential land; where none does, all are.
    unzoned_share = 0.15, "1", 0.0..=1.0, "engineering estimate: barns and huts in the fields";
    /// Jobs in residential buildings (practices, offices, crafts) by resident.
    home_jobs_per_resident = 0.05, "1", 0.0..=0.5, "engineering estimate";

    // Demand: jobs by gross floor area.

    /// Jobs in retail.
    jobs_retail_per_100_m2 = 1.4, "1/100 m²", 0.0..=20.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Jobs in offices.
    jobs_office_per_100_m2 = 3.3, "1/100 m²", 0.0..=20.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Jobs in trade of any kind.
    jobs_commercial_per_100_m2 = 1.5, "1/100 m²", 0.0..=20.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Jobs in industry.
    jobs_industrial_per_100_m2 = 1.2, "1/100 m²", 0.0..=20.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Jobs in storage and logistics.
    jobs_warehouse_per_100_m2 = 0.6, "1/100 m²", 0.0..=20.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Jobs in schools, kindergartens and universities.
    jobs_school_per_100_m2 = 0.8, "1/100 m²", 0.0..=20.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Jobs in hospitals.
    jobs_hospital_per_100_m2 = 2.0, "1/100 m²", 0.0..=20.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Jobs in public buildings, fire stations.
    jobs_public_per_100_m2 = 1.0, "1/100 m²", 0.0..=20.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Jobs in hotels and inns.
    jobs_hotel_per_100_m2 = 0.8, "1/100 m²", 0.0..=20.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";

    // Demand: what attracts trips besides jobs; only the proportions count within one purpose.

    /// Places in schools, kindergartens and universities by gross floor area.
    pupils_per_100_m2 = 8.0, "1/100 m²", 0.5..=30.0, "engineering estimate: 10 to 15 m² per pupil";
    /// Places of a school mapped without a building of its own (a kindergarten counts a fifth).
    pupils_per_school = 350.0, "1", 10.0..=3000.0, "engineering estimate";
    /// Customers of retail by gross floor area.
    customers_retail_per_100_m2 = 50.0, "1/(100 m² d)", 0.0..=500.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Customers of trade of any kind by gross floor area.
    customers_commercial_per_100_m2 = 5.0, "1/(100 m² d)", 0.0..=100.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Visitors of offices by gross floor area.
    visitors_office_per_100_m2 = 1.5, "1/(100 m² d)", 0.0..=50.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Visitors of public buildings and hospitals by gross floor area.
    visitors_public_per_100_m2 = 6.0, "1/(100 m² d)", 0.0..=100.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Guests of hotels, inns and places of worship by gross floor area.
    guests_hotel_per_100_m2 = 4.0, "1/(100 m² d)", 0.0..=100.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Visitors of sports grounds and parks by hectare.
    guests_sports_per_ha = 30.0, "1/(ha d)", 0.0..=500.0, "engineering estimate";
    /// Guests of a restaurant, café or bar.
    guests_per_restaurant = 60.0, "1/d", 0.0..=500.0, "engineering estimate";
    /// Visitors of a practice, pharmacy or town hall.
    patients_per_practice = 60.0, "1/d", 0.0..=500.0, "engineering estimate";
    /// Visits to private homes by resident.
    private_visits_per_resident = 0.2, "1/d", 0.0..=2.0, "engineering estimate: about a third of leisure trips";
    /// Gross floor area of a mapped shop in a building of other use.
    shop_floor_m2 = 120.0, "m²", 10.0..=2000.0, "engineering estimate";
    /// Gross floor area of a mapped supermarket in a building of other use.
    supermarket_floor_m2 = 1200.0, "m²", 100.0..=10000.0, "engineering estimate: 800 m² of sales area";

    // Demand: trips of residents by purpose (the way home counts with the purpose it comes from).

    /// Trips on a working day (Monday to Friday) by trips on an average day.
    weekday_factor = 1.1, "1", 0.5..=2.0, "engineering estimate after MiD 2017: more people leave home than at weekends";
    /// Part of all trips: work.
    share_work = 0.16, "1", 0.0..=1.0, "MiD 2017: 16 work, 11 business, 7 education, 16 shopping, 14 errands, 28 leisure, 8 escort (%)";
    /// Part of all trips: business.
    share_business = 0.11, "1", 0.0..=1.0, "MiD 2017: 16 work, 11 business, 7 education, 16 shopping, 14 errands, 28 leisure, 8 escort (%)";
    /// Part of all trips: education.
    share_education = 0.07, "1", 0.0..=1.0, "MiD 2017: 16 work, 11 business, 7 education, 16 shopping, 14 errands, 28 leisure, 8 escort (%)";
    /// Part of all trips: shopping.
    share_shopping = 0.16, "1", 0.0..=1.0, "MiD 2017: 16 work, 11 business, 7 education, 16 shopping, 14 errands, 28 leisure, 8 escort (%)";
    /// Part of all trips: errands.
    share_errands = 0.14, "1", 0.0..=1.0, "MiD 2017: 16 work, 11 business, 7 education, 16 shopping, 14 errands, 28 leisure, 8 escort (%)";
    /// Part of all trips: leisure.
    share_leisure = 0.28, "1", 0.0..=1.0, "MiD 2017: 16 work, 11 business, 7 education, 16 shopping, 14 errands, 28 leisure, 8 escort (%)";
    /// Part of all trips: escort.
    share_escort = 0.08, "1", 0.0..=1.0, "MiD 2017: 16 work, 11 business, 7 education, 16 shopping, 14 errands, 28 leisure, 8 escort (%)";
    /// Part of the trips made by car as driver or passenger, national mean: work.
    car_share_work = 0.65, "1", 0.0..=1.0, "MiD 2017: 57 % over all purposes; by purpose engineering estimate around it";
    /// Part of the trips made by car as driver or passenger, national mean: business.
    car_share_business = 0.72, "1", 0.0..=1.0, "MiD 2017: 57 % over all purposes; by purpose engineering estimate around it";
    /// Part of the trips made by car as driver or passenger, national mean: education.
    car_share_education = 0.3, "1", 0.0..=1.0, "MiD 2017: 57 % over all purposes; by purpose engineering estimate around it";
    /// Part of the trips made by car as driver or passenger, national mean: shopping.
    car_share_shopping = 0.58, "1", 0.0..=1.0, "MiD 2017: 57 % over all purposes; by purpose engineering estimate around it";
    /// Part of the trips made by car as driver or passenger, national mean: errands.
    car_share_errands = 0.58, "1", 0.0..=1.0, "MiD 2017: 57 % over all purposes; by purpose engineering estimate around it";
    /// Part of the trips made by car as driver or passenger, national mean: leisure.
    car_share_leisure = 0.5, "1", 0.0..=1.0, "MiD 2017: 57 % over all purposes; by purpose engineering estimate around it";
    /// Part of the trips made by car as driver or passenger, national mean: escort.
    car_share_escort = 0.68, "1", 0.0..=1.0, "MiD 2017: 57 % over all purposes; by purpose engineering estimate around it";
    /// Persons in a car whose trips count in this purpose: work.
    car_occupancy_work = 1.1, "1", 1.0..=5.0, "MiD 2017: 57 % by car, 43 % as driver make 1.33 over all purposes; by purpose engineering estimate around it";
    /// Persons in a car whose trips count in this purpose: business.
    car_occupancy_business = 1.1, "1", 1.0..=5.0, "MiD 2017: 57 % by car, 43 % as driver make 1.33 over all purposes; by purpose engineering estimate around it";
    /// Persons in a car whose trips count in this purpose: education.
    car_occupancy_education = 2.0, "1", 1.0..=5.0, "MiD 2017: 57 % by car, 43 % as driver make 1.33 over all purposes; by purpose engineering estimate around it";
    /// Persons in a car whose trips count in this purpose: shopping.
    car_occupancy_shopping = 1.35, "1", 1.0..=5.0, "MiD 2017: 57 % by car, 43 % as driver make 1.33 over all purposes; by purpose engineering estimate around it";
    /// Persons in a car whose trips count in this purpose: errands.
    car_occupancy_errands = 1.35, "1", 1.0..=5.0, "MiD 2017: 57 % by car, 43 % as driver make 1.33 over all purposes; by purpose engineering estimate around it";
    /// Persons in a car whose trips count in this purpose: leisure.
    car_occupancy_leisure = 1.7, "1", 1.0..=5.0, "MiD 2017: 57 % by car, 43 % as driver make 1.33 over all purposes; by purpose engineering estimate around it";
    /// Persons in a car whose trips count in this purpose: escort.
    car_occupancy_escort = 1.2, "1", 1.0..=5.0, "MiD 2017: 57 % by car, 43 % as driver make 1.33 over all purposes; by purpose engineering estimate around it";
    /// Part of the trips that neither begin nor end at home: work.
    between_share_work = 0.05, "1", 0.0..=1.0, "engineering estimate";
    /// Part of the trips that neither begin nor end at home: business.
    between_share_business = 0.7, "1", 0.0..=1.0, "engineering estimate";
    /// Part of the trips that neither begin nor end at home: education.
    between_share_education = 0.05, "1", 0.0..=1.0, "engineering estimate";
    /// Part of the trips that neither begin nor end at home: shopping.
    between_share_shopping = 0.25, "1", 0.0..=1.0, "engineering estimate";
    /// Part of the trips that neither begin nor end at home: errands.
    between_share_errands = 0.3, "1", 0.0..=1.0, "engineering estimate";
    /// Part of the trips that neither begin nor end at home: leisure.
    between_share_leisure = 0.2, "1", 0.0..=1.0, "engineering estimate";
    /// Part of the trips that neither begin nor end at home: escort.
    between_share_escort = 0.3, "1", 0.0..=1.0, "engineering estimate";
    /// Kind of town, for the use of cars: 1 metropolis, 2 city, 3 medium town, 4 small town or village, 0 by residents (from 500,000, 100,000, 20,000).
    region_type = 0.0, "0 to 4", 0.0..=4.0, "RegioStaR, BMVI 2018, simplified";
    /// Use of cars by the national mean: metropolis.
    car_factor_metropolis = 0.67, "1", 0.1..=1.5, "after MiD 2017, use of cars by kind of region, rounded: about 38 % to 57 % in the nation";
    /// Use of cars by the national mean: city.
    car_factor_city = 0.89, "1", 0.1..=1.5, "after MiD 2017, use of cars by kind of region, rounded: about 51 % to 57 % in the nation";
    /// Use of cars by the national mean: medium town.
    car_factor_medium_town = 1.05, "1", 0.1..=1.5, "after MiD 2017, use of cars by kind of region, rounded: about 60 % to 57 % in the nation";
    /// Use of cars by the national mean: small town.
    car_factor_small_town = 1.2, "1", 0.1..=1.5, "after MiD 2017, use of cars by kind of region, rounded: about 68 % to 57 % in the nation";

    // Demand: distribution. Deterrence f(t) = t^power · exp(-beta · t) of the time t by car on empty streets, minutes (Tanner).

    /// Exponent of the time: above 0 short trips, which are walked, are rarer by car.
    deterrence_power = 0.5, "1", -3.0..=3.0, "engineering estimate";
    /// Decay beta: work.
    deterrence_work_per_min = 0.1, "1/min", 0.0..=3.0, "engineering estimate";
    /// Decay beta: business.
    deterrence_business_per_min = 0.1, "1/min", 0.0..=3.0, "engineering estimate";
    /// Decay beta: education.
    deterrence_education_per_min = 0.2, "1/min", 0.0..=3.0, "engineering estimate";
    /// Decay beta: shopping.
    deterrence_shopping_per_min = 0.2, "1/min", 0.0..=3.0, "engineering estimate";
    /// Decay beta: errands.
    deterrence_errands_per_min = 0.17, "1/min", 0.0..=3.0, "engineering estimate";
    /// Decay beta: leisure.
    deterrence_leisure_per_min = 0.14, "1/min", 0.0..=3.0, "engineering estimate";
    /// Decay beta: escort.
    deterrence_escort_per_min = 0.25, "1/min", 0.0..=3.0, "engineering estimate";
    /// Decay beta: between.
    deterrence_between_per_min = 0.17, "1/min", 0.0..=3.0, "engineering estimate";
    /// Decay beta: truck.
    deterrence_truck_per_min = 0.06, "1/min", 0.0..=3.0, "engineering estimate";
    /// Decay beta of the way between a zone and a road at the border of the map.
    deterrence_external_per_min = 0.05, "1/min", 0.0..=3.0, "engineering estimate";
    /// Time to the car, from the car and looking for a place to park.
    terminal_time_min = 1.0, "min", 0.0..=30.0, "engineering estimate";
    /// Speed between the centre of a zone and the nodes where it joins the streets.
    access_speed_kmh = 15.0, "km/h", 1.0..=60.0, "engineering estimate";

    // Demand: traffic across the border of the map.

    /// Part of the car trips in a town of 25,000 that leave the map: work.
    leaving_work = 0.55, "1", 0.0..=1.0, "engineering estimate (order of the commuter statistics of medium towns, Bundesagentur für Arbeit)";
    /// Part of the car trips in a town of 25,000 that leave the map: business.
    leaving_business = 0.5, "1", 0.0..=1.0, "engineering estimate";
    /// Part of the car trips in a town of 25,000 that leave the map: education.
    leaving_education = 0.25, "1", 0.0..=1.0, "engineering estimate";
    /// Part of the car trips in a town of 25,000 that leave the map: shopping.
    leaving_shopping = 0.2, "1", 0.0..=1.0, "engineering estimate";
    /// Part of the car trips in a town of 25,000 that leave the map: errands.
    leaving_errands = 0.3, "1", 0.0..=1.0, "engineering estimate";
    /// Part of the car trips in a town of 25,000 that leave the map: leisure.
    leaving_leisure = 0.35, "1", 0.0..=1.0, "engineering estimate";
    /// Part of the car trips in a town of 25,000 that leave the map: escort.
    leaving_escort = 0.12, "1", 0.0..=1.0, "engineering estimate";
    /// Part of the car trips in a town of 25,000 that leave the map: between.
    leaving_between = 0.25, "1", 0.0..=1.0, "engineering estimate";
    /// Part of the lorry trips of a town that cross the border of the map.
    leaving_truck = 0.7, "1", 0.0..=1.0, "engineering estimate";
    /// Those parts fall with the residents to the power of minus this.
    leaving_exponent = 0.15, "1", 0.0..=1.0, "engineering estimate";
    /// Car trips of outsiders into town by trips of residents out of it: business.
    entering_business = 1.0, "1", 0.0..=20.0, "engineering estimate: a centre for the villages around";
    /// Car trips of outsiders into town by trips of residents out of it: education.
    entering_education = 1.2, "1", 0.0..=20.0, "engineering estimate: a centre for the villages around";
    /// Car trips of outsiders into town by trips of residents out of it: shopping.
    entering_shopping = 1.2, "1", 0.0..=20.0, "engineering estimate: a centre for the villages around";
    /// Car trips of outsiders into town by trips of residents out of it: errands.
    entering_errands = 1.2, "1", 0.0..=20.0, "engineering estimate: a centre for the villages around";
    /// Car trips of outsiders into town by trips of residents out of it: leisure.
    entering_leisure = 1.0, "1", 0.0..=20.0, "engineering estimate: a centre for the villages around";
    /// Car trips of outsiders into town by trips of residents out of it: escort.
    entering_escort = 1.0, "1", 0.0..=20.0, "engineering estimate: a centre for the villages around";
    /// Car trips of outsiders into town by trips of residents out of it: between.
    entering_between = 1.0, "1", 0.0..=20.0, "engineering estimate: a centre for the villages around";
    /// Trips to and from work by job on an average day, all modes: jobs that residents do not fill are filled by commuters.
    work_trips_per_job = 0.95, "1/d", 0.0..=3.0, "engineering estimate: 3.1 trips, 16 % of them work, by 0.54 persons employed per resident (Destatis 2019)";
    /// Motor vehicles per day, both directions, on a road at the border of the map: motorway.
    aadt_motorway_veh_d = 50000.0, "veh/d", 0.0..=250000.0, "order of BASt road censuses 2010 to 2021 outside towns, rounded (1985: motorways 31,385, federal 7,238, state 2,837, district roads 1,415; BASt Heft 38, 1986)";
    /// Motor vehicles per day, both directions, on a road at the border of the map: trunk.
    aadt_trunk_veh_d = 18000.0, "veh/d", 0.0..=250000.0, "engineering estimate beside the classes of the BASt road census";
    /// Motor vehicles per day, both directions, on a road at the border of the map: primary.
    aadt_primary_veh_d = 9500.0, "veh/d", 0.0..=250000.0, "order of BASt road censuses 2010 to 2021 outside towns, rounded (1985: motorways 31,385, federal 7,238, state 2,837, district roads 1,415; BASt Heft 38, 1986)";
    /// Motor vehicles per day, both directions, on a road at the border of the map: secondary.
    aadt_secondary_veh_d = 4000.0, "veh/d", 0.0..=250000.0, "order of BASt road censuses 2010 to 2021 outside towns, rounded (1985: motorways 31,385, federal 7,238, state 2,837, district roads 1,415; BASt Heft 38, 1986)";
    /// Motor vehicles per day, both directions, on a road at the border of the map: tertiary.
    aadt_tertiary_veh_d = 2000.0, "veh/d", 0.0..=250000.0, "order of BASt road censuses 2010 to 2021 outside towns, rounded (1985: motorways 31,385, federal 7,238, state 2,837, district roads 1,415; BASt Heft 38, 1986)";
    /// Motor vehicles per day, both directions, on a road at the border of the map: unclassified.
    aadt_unclassified_veh_d = 500.0, "veh/d", 0.0..=250000.0, "engineering estimate beside the classes of the BASt road census";
    /// Smallest part of the traffic at the border of the map that passes through: motorway.
    through_motorway = 0.9, "1", 0.0..=1.0, "engineering estimate";
    /// Smallest part of the traffic at the border of the map that passes through: trunk.
    through_trunk = 0.5, "1", 0.0..=1.0, "engineering estimate";
    /// Smallest part of the traffic at the border of the map that passes through: primary.
    through_primary = 0.3, "1", 0.0..=1.0, "engineering estimate";
    /// Smallest part of the traffic at the border of the map that passes through: secondary.
    through_secondary = 0.15, "1", 0.0..=1.0, "engineering estimate";
    /// Smallest part of the traffic at the border of the map that passes through: tertiary.
    through_tertiary = 0.08, "1", 0.0..=1.0, "engineering estimate";
    /// Smallest part of the traffic at the border of the map that passes through: unclassified.
    through_unclassified = 0.0, "1", 0.0..=1.0, "engineering estimate";
    /// Heavy goods vehicles in the traffic at the border of the map: motorway.
    truck_share_motorway = 0.15, "1", 0.0..=1.0, "order of BASt road censuses 2010 to 2021 (Schwerverkehr over 3.5 t), rounded";
    /// Heavy goods vehicles in the traffic at the border of the map: trunk.
    truck_share_trunk = 0.1, "1", 0.0..=1.0, "order of BASt road censuses 2010 to 2021 (Schwerverkehr over 3.5 t), rounded";
    /// Heavy goods vehicles in the traffic at the border of the map: primary.
    truck_share_primary = 0.07, "1", 0.0..=1.0, "order of BASt road censuses 2010 to 2021 (Schwerverkehr over 3.5 t), rounded";
    /// Heavy goods vehicles in the traffic at the border of the map: secondary.
    truck_share_secondary = 0.05, "1", 0.0..=1.0, "order of BASt road censuses 2010 to 2021 (Schwerverkehr over 3.5 t), rounded";
    /// Heavy goods vehicles in the traffic at the border of the map: tertiary.
    truck_share_tertiary = 0.035, "1", 0.0..=1.0, "order of BASt road censuses 2010 to 2021 (Schwerverkehr over 3.5 t), rounded";
    /// Heavy goods vehicles in the traffic at the border of the map: unclassified.
    truck_share_unclassified = 0.02, "1", 0.0..=1.0, "order of BASt road censuses 2010 to 2021 (Schwerverkehr over 3.5 t), rounded";
    /// Through traffic between roads of classes one step apart by that between roads of one class.
    through_class_affinity = 0.4, "1", 0.0..=1.0, "engineering estimate";
    /// Through traffic that stays on its road (same number or name) by that between different roads.
    through_same_road = 3.0, "1", 0.1..=100.0, "engineering estimate";
    /// Longest way through the map that through traffic takes: its time by the time of the airline at 50 km/h.
    through_detour_max = 3.0, "1", 1.0..=20.0, "engineering estimate";
    /// Carriageways that cross the border within this distance are one external station (ten times as far if of one name).
    station_merge_m = 150.0, "m", 0.0..=1000.0, "engineering estimate";

    // Demand: lorries (over 3.5 t) that begin or end in town; there and back are two trips.

    /// Lorry trips by job: industrial.
    truck_trips_per_job_industrial = 0.35, "1/d", 0.0..=10.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Lorry trips by job: warehouse.
    truck_trips_per_job_warehouse = 0.9, "1/d", 0.0..=10.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Lorry trips by job: retail.
    truck_trips_per_job_retail = 0.15, "1/d", 0.0..=10.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Lorry trips by job: other.
    truck_trips_per_job_other = 0.02, "1/d", 0.0..=10.0, "engineering estimate in the order of Bosserhoff, Ver_Bau, and FGSV, Hinweise zur Schätzung des Verkehrsaufkommens von Gebietstypen, 2006";
    /// Lorry trips by resident: waste, building, furniture.
    truck_trips_per_resident = 0.01, "1/d", 0.0..=1.0, "engineering estimate";

    // Demand: hours of the day. Departures are spread normally, on the clock's circle, about a mean hour.

    /// Mean hour of trips from home: work.
    work_out_hour = 7.2, "h", 0.0..=24.0, "engineering estimate after the day of MiD 2017";
    /// Standard deviation of these: work.
    work_out_spread_h = 1.2, "h", 0.2..=12.0, "engineering estimate after the day of MiD 2017";
    /// Mean hour of trips back home: work.
    work_home_hour = 16.8, "h", 0.0..=24.0, "engineering estimate after the day of MiD 2017";
    /// Standard deviation of these: work.
    work_home_spread_h = 1.6, "h", 0.2..=12.0, "engineering estimate after the day of MiD 2017";
    /// Mean hour of trips from home: business.
    business_out_hour = 9.0, "h", 0.0..=24.0, "engineering estimate after the day of MiD 2017";
    /// Standard deviation of these: business.
    business_out_spread_h = 2.5, "h", 0.2..=12.0, "engineering estimate after the day of MiD 2017";
    /// Mean hour of trips back home: business.
    business_home_hour = 16.0, "h", 0.0..=24.0, "engineering estimate after the day of MiD 2017";
    /// Standard deviation of these: business.
    business_home_spread_h = 2.6, "h", 0.2..=12.0, "engineering estimate after the day of MiD 2017";
    /// Mean hour of trips from home: education.
    education_out_hour = 7.5, "h", 0.0..=24.0, "engineering estimate after the day of MiD 2017";
    /// Standard deviation of these: education.
    education_out_spread_h = 0.6, "h", 0.2..=12.0, "engineering estimate after the day of MiD 2017";
    /// Mean hour of trips back home: education.
    education_home_hour = 13.8, "h", 0.0..=24.0, "engineering estimate after the day of MiD 2017";
    /// Standard deviation of these: education.
    education_home_spread_h = 1.9, "h", 0.2..=12.0, "engineering estimate after the day of MiD 2017";
    /// Mean hour of trips from home: shopping.
    shopping_out_hour = 12.6, "h", 0.0..=24.0, "engineering estimate after the day of MiD 2017";
    /// Standard deviation of these: shopping.
    shopping_out_spread_h = 3.4, "h", 0.2..=12.0, "engineering estimate after the day of MiD 2017";
    /// Mean hour of trips back home: shopping.
    shopping_home_hour = 14.8, "h", 0.0..=24.0, "engineering estimate after the day of MiD 2017";
    /// Standard deviation of these: shopping.
    shopping_home_spread_h = 3.4, "h", 0.2..=12.0, "engineering estimate after the day of MiD 2017";
    /// Mean hour of trips from home: errands.
    errands_out_hour = 11.0, "h", 0.0..=24.0, "engineering estimate after the day of MiD 2017";
    /// Standard deviation of these: errands.
    errands_out_spread_h = 3.2, "h", 0.2..=12.0, "engineering estimate after the day of MiD 2017";
    /// Mean hour of trips back home: errands.
    errands_home_hour = 13.6, "h", 0.0..=24.0, "engineering estimate after the day of MiD 2017";
    /// Standard deviation of these: errands.
    errands_home_spread_h = 3.4, "h", 0.2..=12.0, "engineering estimate after the day of MiD 2017";
    /// Mean hour of trips from home: leisure.
    leisure_out_hour = 15.6, "h", 0.0..=24.0, "engineering estimate after the day of MiD 2017";
    /// Standard deviation of these: leisure.
    leisure_out_spread_h = 3.6, "h", 0.2..=12.0, "engineering estimate after the day of MiD 2017";
    /// Mean hour of trips back home: leisure.
    leisure_home_hour = 19.0, "h", 0.0..=24.0, "engineering estimate after the day of MiD 2017";
    /// Standard deviation of these: leisure.
    leisure_home_spread_h = 3.2, "h", 0.2..=12.0, "engineering estimate after the day of MiD 2017";
    /// Mean hour of trips from home: escort.
    escort_out_hour = 9.5, "h", 0.0..=24.0, "engineering estimate after the day of MiD 2017";
    /// Standard deviation of these: escort.
    escort_out_spread_h = 3.8, "h", 0.2..=12.0, "engineering estimate after the day of MiD 2017";
    /// Mean hour of trips back home: escort.
    escort_home_hour = 12.5, "h", 0.0..=24.0, "engineering estimate after the day of MiD 2017";
    /// Standard deviation of these: escort.
    escort_home_spread_h = 4.0, "h", 0.2..=12.0, "engineering estimate after the day of MiD 2017";
    /// Mean hour of trips that neither begin nor end at home.
    between_hour = 13.9, "h", 0.0..=24.0, "engineering estimate";
    /// Standard deviation of these.
    between_spread_h = 3.6, "h", 0.2..=12.0, "engineering estimate";
    /// Mean hour of lorry trips.
    truck_hour = 11.0, "h", 0.0..=24.0, "engineering estimate";
    /// Standard deviation of these.
    truck_spread_h = 4.5, "h", 0.2..=12.0, "engineering estimate";
    /// Part of the through traffic of cars in the morning peak (as trips to work).
    through_morning_share = 0.2, "1", 0.0..=0.5, "engineering estimate";
    /// Part of the through traffic of cars in the evening peak (as trips from work); the rest is spread as trips between other places, 1.5 times as wide.
    through_evening_share = 0.2, "1", 0.0..=0.5, "engineering estimate";

    // Demand: zones and matrices.

    /// Residents and jobs of a zone.
    zone_size_persons = 200.0, "1", 10.0..=10000.0, "chosen: 100 to 400 zones in a town of 25,000";
    /// Least number of zones aimed at.
    zones_min = 20.0, "1", 1.0..=1000.0, "chosen";
    /// Greatest number of zones aimed at.
    zones_max = 1500.0, "1", 1.0..=5000.0, "chosen";
    /// Nodes where a zone joins the streets.
    connectors_per_zone = 4.0, "1", 1.0..=20.0, "chosen";
    /// Farthest street that a building is joined to.
    connector_reach_m = 500.0, "m", 10.0..=10000.0, "chosen";
    /// Smaller flows between two zones are gathered into those of neighboring zones.
    smallest_flow_veh_h = 0.02, "veh/h", 0.0..=10.0, "chosen";
    /// Flows kept in a matrix: the smallest flow is raised until no more remain.
    flows_max = 300000.0, "1", 1000.0..=10000000.0, "chosen";

    // Lorries in traffic.

    /// Speed limit past a work site where a lane stays open.
    work_site_speed_kmh = 30.0, "km/h", 5.0..=100.0, "usual order at half closures inside built-up areas (RSA 21, part B)";
    /// Passenger-car equivalents of a heavy goods vehicle.
    truck_pce = 2.0, "pce", 1.0..=6.0, "HBS 2015 (urban streets, level): 2.0";

    // Streets: speed, capacity, delay (used by the law of traffic where the source gives no impedance of its own).

    /// Speed driven on an empty street as a part of the speed limit, inside built-up areas.
    free_speed_factor_urban = 0.85, "1", 0.1..=1.5, "assumed: bends, crossing traffic and parking between junctions; HBS 2015, part S, has 0.8 to 0.95";
    /// Speed driven on an empty street as a part of the speed limit, outside built-up areas and on motorways.
    free_speed_factor_rural = 0.95, "1", 0.1..=1.5, "assumed, after HBS 2015, part L (bends and gradients of an ordinary country road)";
    /// Greatest speed of a car where no limit is signed on a motorway.
    car_speed_max_kmh = 130.0, "km/h", 30.0..=200.0, "Autobahn-Richtgeschwindigkeits-Verordnung: 130 km/h";
    /// Greatest speed of a lorry on motorways and roads for motor vehicles only.
    truck_speed_max_motorway_kmh = 80.0, "km/h", 20.0..=120.0, "StVO § 18 (5): 80 km/h";
    /// Greatest speed of a lorry on all other roads.
    truck_speed_max_kmh = 60.0, "km/h", 20.0..=120.0, "StVO § 3 (3) 2b: 60 km/h above 7.5 t outside built-up areas";
    /// Speed in a Verkehrsberuhigter Bereich or pedestrian street.
    walking_speed_kmh = 10.0, "km/h", 3.0..=20.0, "StVO, sign 325.1: walking speed; courts accept 7 to 10 km/h";
    /// Greatest speed on service ways.
    service_speed_max_kmh = 15.0, "km/h", 5.0..=50.0, "assumed: car parks, yards";
    /// Greatest speed on tracks.
    track_speed_max_kmh = 20.0, "km/h", 5.0..=50.0, "assumed: unsealed or narrow";
    /// Capacity of a motorway lane.
    capacity_motorway_pce_h = 1900.0, "pce/h per lane", 100.0..=3000.0, "order of HBS 2015, part A (3,700 to 4,000 veh/h on two lanes)";
    /// Capacity of a lane of a road for motor vehicles only.
    capacity_trunk_pce_h = 1700.0, "pce/h per lane", 100.0..=3000.0, "assumed between motorway and country road";
    /// Capacity of a lane of a ramp.
    capacity_ramp_pce_h = 1500.0, "pce/h per lane", 100.0..=3000.0, "order of HBS 2015, part A, ramps with one lane";
    /// Capacity of a lane of a country road outside built-up areas.
    capacity_rural_pce_h = 1500.0, "pce/h per lane", 100.0..=3000.0, "order of HBS 2015, part L (two-lane country road, one direction)";
    /// Capacity of a lane of a main street (primary, secondary) between junctions.
    capacity_main_street_pce_h = 1200.0, "pce/h per lane", 50.0..=3000.0, "assumed: stopping, parking and turning cars; RASt 06 gives 1,400 to 2,200 veh/h for both directions of a two-lane main street";
    /// Capacity of a lane of a collector street (tertiary).
    capacity_collector_pce_h = 900.0, "pce/h per lane", 50.0..=3000.0, "assumed: RASt 06 sees 800 to 1,800 veh/h for both directions of quarter and village main streets";
    /// Capacity of a lane of a minor or residential street.
    capacity_minor_pce_h = 500.0, "pce/h per lane", 20.0..=3000.0, "assumed: RASt 06 gives 400 to 800 veh/h for both directions of residential and collector streets";
    /// Capacity of a service way, track, Verkehrsberuhigter Bereich.
    capacity_access_pce_h = 200.0, "pce/h per lane", 10.0..=3000.0, "assumed: RASt 06 wants under 150 to 400 veh/h for both directions of residential ways";
    /// Capacity left to each direction where both share one lane.
    shared_lane_factor = 0.5, "1", 0.05..=1.0, "assumed: oncoming cars wait for each other";
    /// Length of street that a waiting passenger car takes up in a queue.
    queue_space_m = 6.0, "m/pce", 4.0..=15.0, "usual in German signal design (HBS, RiLSA): 6 m per passenger-car equivalent in a queue";
    /// Saturation flow of a lane at a traffic signal.
    saturation_flow_pce_h = 2000.0, "pce/h per lane", 500.0..=3000.0, "HBS 2015, part S: 3600 / 1.8 s";
    /// Green time share of the stronger streets at a traffic signal.
    green_share_major = 0.5, "1", 0.05..=1.0, "assumed: two phases, 10 s lost of 90 s";
    /// Green time share of the weaker streets at a traffic signal.
    green_share_minor = 0.35, "1", 0.05..=1.0, "assumed: two phases, 10 s lost of 90 s";
    /// Cycle time of traffic signals.
    signal_cycle_s = 90.0, "s", 20.0..=300.0, "RiLSA: 60 to 90 s, at most 120 s";
    /// Capacity of a lane that must give way.
    capacity_give_way_pce_h = 700.0, "pce/h per lane", 50.0..=2000.0, "assumed: HBS 2015, part S, minor approach against 300 to 500 pce/h";
    /// Delay at a junction where one must give way.
    delay_give_way_s = 6.0, "s", 0.0..=60.0, "assumed: slowing down and looking";
    /// Delay at a stop sign.
    delay_stop_s = 9.0, "s", 0.0..=60.0, "assumed: stopping, looking, starting";
    /// Delay at a junction with right before left, or at the entry of a roundabout.
    delay_uncontrolled_s = 3.0, "s", 0.0..=60.0, "assumed: slowing down";
    /// Added part of the time at capacity on motorways and roads for motor vehicles only: factor of the BPR function.
    bpr_alpha_motorway = 0.83, "1", 0.0..=10.0, "Horowitz 1991 (NCHRP report 365, table 36): freeway 60 mph";
    /// Exponent of the BPR function on motorways.
    bpr_beta_motorway = 5.5, "1", 0.0..=20.0, "Horowitz 1991 (NCHRP report 365, table 36): freeway 60 mph";
    /// Factor of the BPR function on country roads.
    bpr_alpha_rural = 0.71, "1", 0.0..=10.0, "Horowitz 1991 (NCHRP report 365, table 36): multilane 50 mph";
    /// Exponent of the BPR function on country roads.
    bpr_beta_rural = 2.1, "1", 0.0..=20.0, "Horowitz 1991 (NCHRP report 365, table 36): multilane 50 mph";
    /// Factor of the BPR function on streets inside built-up areas.
    bpr_alpha_urban = 1.0, "1", 0.0..=10.0, "assumed: half of the free speed at capacity";
    /// Exponent of the BPR function on streets inside built-up areas.
    bpr_beta_urban = 4.0, "1", 0.0..=20.0, "Bureau of Public Roads, Traffic Assignment Manual, 1964";

    // Supply: what networks are asked for where their data is silent.

    /// Pressure from which a water junction counts as well supplied, where neither model nor scenario says so.
    water_required_pressure_m = 20.0, "m", 1.0..=100.0, "DVGW W 400-1 asks for 2.0 bar at a house with one storey and 0.35 bar more for each further one";
    /// Water that a hydrant shall give for fire fighting.
    fire_flow_needed_m3_h = 96.0, "m³/h", 12.0..=400.0, "DVGW W 405: 48 to 192 m³/h for two hours, 96 m³/h in common residential quarters";
    /// Pressure kept on the return side of a heat plant of which only the lift is known, gauge.
    heat_return_pressure_bar = 3.0, "bar", 0.0..=20.0, "assumed: holds water of 120 °C (saturation at 1.99 bar absolute) from boiling in pipes that lie 10 m higher, with a reserve";
    /// Electric peak of a heat pump on a cold day.
    power_heat_pump_kw = 3.0, "kW", 0.5..=50.0, "assumed: house of 8 to 10 kW heat load, coefficient of performance 2.5 to 3 at −12 °C";
    /// Evening peak of a wallbox, mean over many customers that have one.
    power_wallbox_kw = 2.2, "kW", 0.1..=50.0, "assumed: 11 kW wallboxes of which one in five charges at the peak";
    /// Peak of photovoltaics on a roof.
    power_photovoltaic_kw = 8.0, "kW", 0.5..=500.0, "assumed: order of the mean German roof system below 30 kW";
    /// Draws of who has a technology in a sweep of what a network hosts.
    power_hosting_draws = 20.0, "1", 1.0..=1000.0, "assumed: the 5 % quantile needs 20 draws at least";
    /// Farthest supply point from which a pump has its electricity, where the data names none.
    power_pump_reach_m = 500.0, "m", 0.0..=10000.0, "assumed: usual reach of a low-voltage feeder";
    /// Pressure that shall remain at the hydrant.
    fire_flow_residual_m = 15.3, "m", 0.0..=100.0, "DVGW W 405: 1.5 bar";

    // Closures: alternating sections, narrowed lanes, sums over days.

    /// Saturation flow of the lane at the temporary signal of a half closure.
    alternation_saturation_pce_h = 2000.0, "pce/h", 1000.0..=2400.0, "HBS 2015, part S: 3600 / 1.8 s";
    /// Speed at which the last vehicle leaves a half closure with a signal.
    alternation_clearing_m_s = 10.0, "m/s", 3.0..=20.0, "RiLSA: 10 m/s for motor vehicles going straight on";
    /// Part of the volume before a closure for which its signal keeps green in each direction.
    alternation_counted_share = 0.75, "1", 0.0..=1.0, "chosen: a signal is planned with counts, and some drivers take other ways";
    /// Saturation flow of the lane past flaggers.
    flagger_saturation_pce_h = 1800.0, "pce/h", 900.0..=2400.0, "fits the two-way capacities of stop and go boards, Traffic Signs Manual, chapter 8 (Department for Transport) within 2.1 %";
    /// Longest green that flaggers show in a direction.
    flagger_green_max_s = 70.0, "s", 10.0..=300.0, "fits the two-way capacities of stop and go boards, Traffic Signs Manual, chapter 8 (Department for Transport) within 2.1 %";
    /// Narrowest lane past a work site that lorries and buses use.
    work_site_lorry_lane_m = 2.75, "m", 2.5..=4.0, "RSA 21, part A: 2.75 m; lorries are 2.55 m wide without mirrors (StVZO § 32)";

    // Days: what the computed hours of a working day stand for, by hours of the day and kind of day.

    /// Residents of the town whose mix of trip purposes gives a working day its hours.
    day_residents = 25000.0, "1", 1.0..=10000000.0, "chosen: a medium-sized town, whose car use MiD 2017 tells; the hours of a day hardly depend on it";
    /// Vehicles on a Saturday by those on a working day.
    saturday_factor = 0.8, "1", 0.0..=3.0, "engineering estimate in the order of MiD 2017 (trips by day of the week), fewer cars to work; with weekday_factor 1.1 Saturday and Sunday together are 1.5 average days";
    /// Vehicles on a Sunday or public holiday by those on a working day.
    sunday_factor = 0.6, "1", 0.0..=3.0, "engineering estimate in the order of MiD 2017 (trips by day of the week)";
    /// Mean hour of the vehicles of a Saturday.
    saturday_hour = 13.5, "h", 0.0..=24.0, "engineering estimate: shopping and leisure, no morning peak";
    /// Standard deviation of these.
    saturday_spread_h = 4.2, "h", 0.5..=12.0, "engineering estimate: shopping and leisure, no morning peak";
    /// Mean hour of the vehicles of a Sunday or public holiday.
    sunday_hour = 14.5, "h", 0.0..=24.0, "engineering estimate: leisure, back in the evening";
    /// Standard deviation of these.
    sunday_spread_h = 4.0, "h", 0.5..=12.0, "engineering estimate: leisure, back in the evening";

    // Environment: fuel and carbon dioxide. Litres per kilometre at mean speed v in km/h: a/v + b + c·v + d·v².

    /// Petrol cars: a.
    fuel_petrol_car_a = 0.964022581, "l/h", 0.0..=10.0, "TAG data book, table A1.3.8 (Department for Transport, 2014)";
    /// Petrol cars: b.
    fuel_petrol_car_b = 0.041448033, "l/km", 0.0..=1.0, "TAG data book, table A1.3.8 (Department for Transport, 2014)";
    /// Petrol cars: c.
    fuel_petrol_car_c = -0.0000454163, "l h/km²", -0.1..=0.1, "TAG data book, table A1.3.8 (Department for Transport, 2014)";
    /// Petrol cars: d.
    fuel_petrol_car_d = 0.00000201346, "l h²/km³", -0.01..=0.01, "TAG data book, table A1.3.8 (Department for Transport, 2014)";
    /// Diesel cars: a.
    fuel_diesel_car_a = 0.437094041, "l/h", 0.0..=10.0, "TAG data book, table A1.3.8 (Department for Transport, 2014)";
    /// Diesel cars: b.
    fuel_diesel_car_b = 0.058616489, "l/km", 0.0..=1.0, "TAG data book, table A1.3.8 (Department for Transport, 2014)";
    /// Diesel cars: c.
    fuel_diesel_car_c = -0.00052488, "l h/km²", -0.1..=0.1, "TAG data book, table A1.3.8 (Department for Transport, 2014)";
    /// Diesel cars: d.
    fuel_diesel_car_d = 0.00000412709, "l h²/km³", -0.01..=0.01, "TAG data book, table A1.3.8 (Department for Transport, 2014)";
    /// Lorries without trailer (OGV1): a.
    fuel_light_lorry_a = 1.477368474, "l/h", 0.0..=20.0, "TAG data book, table A1.3.8 (Department for Transport, 2014), OGV1";
    /// Lorries without trailer: b.
    fuel_light_lorry_b = 0.245615208, "l/km", 0.0..=2.0, "TAG data book, table A1.3.8 (Department for Transport, 2014), OGV1";
    /// Lorries without trailer: c.
    fuel_light_lorry_c = -0.003572413, "l h/km²", -0.1..=0.1, "TAG data book, table A1.3.8 (Department for Transport, 2014), OGV1";
    /// Lorries without trailer: d.
    fuel_light_lorry_d = 0.000030638, "l h²/km³", -0.01..=0.01, "TAG data book, table A1.3.8 (Department for Transport, 2014), OGV1";
    /// Lorries with trailer, tractors (OGV2): a.
    fuel_heavy_lorry_a = 3.390702946, "l/h", 0.0..=20.0, "TAG data book, table A1.3.8 (Department for Transport, 2014), OGV2";
    /// Lorries with trailer, tractors: b.
    fuel_heavy_lorry_b = 0.394379054, "l/km", 0.0..=2.0, "TAG data book, table A1.3.8 (Department for Transport, 2014), OGV2";
    /// Lorries with trailer, tractors: c.
    fuel_heavy_lorry_c = -0.004642285, "l h/km²", -0.1..=0.1, "TAG data book, table A1.3.8 (Department for Transport, 2014), OGV2";
    /// Lorries with trailer, tractors: d.
    fuel_heavy_lorry_d = 0.0000359224, "l h²/km³", -0.01..=0.01, "TAG data book, table A1.3.8 (Department for Transport, 2014), OGV2";
    /// Greatest speed for which the curves of fuel are used.
    fuel_speed_max_kmh = 120.0, "km/h", 50.0..=160.0, "chosen: the curves rest on speeds up to motorway traffic";
    /// Part of the distance of cars that is driven with diesel.
    car_diesel_share = 0.45, "1", 0.0..=1.0, "engineering estimate after Kraftfahrt-Bundesamt 2020: 32 % of the cars, driven nearly twice as far";
    /// Part of the distance of cars that is driven with electricity: no fuel and no exhaust.
    car_electric_share = 0.02, "1", 0.0..=1.0, "Kraftfahrt-Bundesamt, stock of 1 January 2023: 2.1 % of the cars";
    /// Part of the lorries that have a trailer or are tractors.
    lorry_heavy_share = 0.57, "1", 0.0..=1.0, "RLS-19, table 2: 4 % of the traffic against 3 % on municipal streets";
    /// Carbon dioxide of a litre of petrol.
    co2_petrol_kg_l = 2.31, "kg/l", 1.0..=4.0, "Defra greenhouse gas conversion factors 2010; IPCC 2006 gives 69.3 kg/GJ, that is 2.29";
    /// Carbon dioxide of a litre of diesel.
    co2_diesel_kg_l = 2.64, "kg/l", 1.0..=4.0, "Defra greenhouse gas conversion factors 2010; IPCC 2006 gives 74.1 kg/GJ, that is 2.66";

    // Costs: what lost time and fuel are worth. Nothing is computed from them but sums in euros.

    /// Worth of an hour that a vehicle with its occupants is on the way.
    value_of_time_eur_h = 12.0, "€/h", 0.0..=200.0, "engineering estimate without a source; put in the rate of your own appraisal";
    /// Price of a litre of fuel at the pump.
    fuel_price_eur_l = 1.7, "€/l", 0.0..=10.0, "engineering estimate without a source; put in today's price";

    // Environment: noise after RLS-19. Sound power level of a vehicle at speed v: A + 10·lg(1 + (v/B)^C).

    /// Cars: A.
    noise_car_a_db = 88.0, "dB(A)", 50.0..=130.0, "RLS-19, table 3";
    /// Cars: B.
    noise_car_b_kmh = 20.0, "km/h", 1.0..=200.0, "RLS-19, table 3";
    /// Cars: C.
    noise_car_c = 3.06, "1", 0.0..=10.0, "RLS-19, table 3";
    /// Lorries without trailer (Lkw1): A.
    noise_light_lorry_a_db = 100.3, "dB(A)", 50.0..=130.0, "RLS-19, table 3";
    /// Lorries without trailer: B.
    noise_light_lorry_b_kmh = 40.0, "km/h", 1.0..=200.0, "RLS-19, table 3";
    /// Lorries without trailer: C.
    noise_light_lorry_c = 4.33, "1", 0.0..=10.0, "RLS-19, table 3";
    /// Lorries with trailer, tractors (Lkw2): A.
    noise_heavy_lorry_a_db = 105.4, "dB(A)", 50.0..=130.0, "RLS-19, table 3";
    /// Lorries with trailer, tractors: B.
    noise_heavy_lorry_b_kmh = 50.0, "km/h", 1.0..=200.0, "RLS-19, table 3";
    /// Lorries with trailer, tractors: C.
    noise_heavy_lorry_c = 4.88, "1", 0.0..=10.0, "RLS-19, table 3";
    /// Smallest speed in the formula of noise.
    noise_speed_min_kmh = 30.0, "km/h", 10.0..=50.0, "RLS-19: 30 km/h";
    /// Greatest speed of cars in the formula of noise.
    noise_car_speed_max_kmh = 130.0, "km/h", 50.0..=160.0, "RLS-19: 130 km/h";
    /// Greatest speed of lorries in the formula of noise.
    noise_lorry_speed_max_kmh = 80.0, "km/h", 30.0..=100.0, "StVO § 3, § 18: 80 km/h";
    /// Correction for asphalt and concrete, where the kind is not known.
    noise_asphalt_db = 0.0, "dB", -6.0..=6.0, "RLS-19, table 4a: non-grooved mastic asphalt is the reference; usual asphalt concrete has -2.7 to -1.9";
    /// Correction for even paving at 30 km/h; 1 dB more at 40, 2 dB more from 50 km/h on.
    noise_even_paving_db = 1.0, "dB", -6.0..=10.0, "RLS-19, table 4b: 1, 2, 3 dB";
    /// Correction for setts and other paving at 30 km/h; 1 dB more at 40, 2 dB more from 50 km/h on.
    noise_setts_db = 5.0, "dB", -6.0..=10.0, "RLS-19, table 4b: 5, 6, 7 dB";
    /// Correction at a junction with signals, and at the stop line of a temporary signal.
    noise_signal_db = 3.0, "dB", 0.0..=6.0, "RLS-19, table 5; applied to temporary signals alike";
    /// Correction at a roundabout.
    noise_roundabout_db = 2.0, "dB", 0.0..=6.0, "RLS-19, table 5";
    /// Distance over which the correction of a junction falls to nothing.
    noise_junction_reach_m = 120.0, "m", 1.0..=500.0, "RLS-19, eq. 8";
    /// Emission up to which a street counts as quiet: what becomes louder below it is not counted.
    noise_counted_from_db = 60.0, "dB(A)/m", 0.0..=100.0, "engineering estimate: ten cars in an hour at 30 km/h, some 45 dB(A) at 10 m, below the limit of the night in 16. BImSchV § 2 (49 dB(A))";

    // Works: calendars of closures.

    /// Time that a trip loses for which no way is left: it is put off, or made by other means.
    works_cut_off_trip_h = 1.0, "h", 0.0..=24.0, "set, so that a plan that makes trips impossible does not look better than one that delays them";
    /// Years after a renewal or a work in which the same stretch is not dug up again, where the calendar gives no rule.
    works_protection_years = 5.0, "a", 0.0..=30.0, "usual clause of municipal permits to dig: no trench within five years after the renewal of a surface";
    /// Detour over another work from which on the two are told to be in conflict.
    works_detour_veh_h = 20.0, "veh/h", 0.1..=10000.0, "set: less than one vehicle in three minutes is not noticed among the daily changes of traffic";

    // Feeds of works.

    /// Length of street that a work takes up where a feed gives one position only.
    feed_point_length_m = 20.0, "m", 2.0..=200.0, "assumed: a van, its barriers and tapers";

    // Touched: emergency services, buses, people on foot and by bicycle, lorries.

    /// Time from the alarm within which a crew should be at an address.
    response_limit_min = 8.0, "min", 1.0..=60.0, "AGBF, Qualitätskriterien für die Bedarfsplanung von Feuerwehren in Städten, 1998/2015: 8 min to turn out and drive";
    /// Time from the alarm until a full-time fire brigade leaves.
    turnout_full_time_min = 1.5, "min", 0.0..=20.0, "engineering estimate: crews on the station leave within 1 to 2 min";
    /// Time from the alarm until a volunteer fire brigade leaves.
    turnout_volunteer_min = 4.0, "min", 0.0..=30.0, "engineering estimate: volunteers come to the station first, which takes 3 to 6 min; ask the brigade";
    /// Time from the alarm until an ambulance leaves.
    turnout_rescue_min = 1.0, "min", 0.0..=20.0, "engineering estimate: crews on the station leave within 1 to 2 min";
    /// Driving time with blue light and horn by that of the traffic around.
    emergency_time_factor = 0.75, "1", 0.3..=1.5, "on the safe side of Ho, Casey 1998 (Ann. Emerg. Med. 32: 38.5 % saved in towns) and Ho, Lindquist 2001 (Prehosp. Emerg. Care 5: 30.9 % in the country)";
    /// Speed of emergency vehicles where others may not drive (pedestrian streets, tracks, against one-way streets, past a work site).
    emergency_off_road_kmh = 20.0, "km/h", 5.0..=80.0, "engineering estimate";
    /// Speed of people on foot.
    foot_speed_kmh = 4.8, "km/h", 1.0..=8.0, "Weidmann, Transporttechnik der Fussgänger, ETH Zürich 1993: mean 1.34 m/s";
    /// Speed of bicycles.
    bicycle_speed_kmh = 15.0, "km/h", 5.0..=35.0, "engineering estimate for everyday riding in towns, stops included";
    /// Distance from a school within which children walk.
    school_catchment_m = 1500.0, "m", 100.0..=10000.0, "engineering estimate: ways up to 2 km count as walkable for primary schools in most states";
    /// Mass of a bus.
    bus_weight_t = 19.5, "t", 3.0..=40.0, "StVZO § 34: 19.5 t for buses with two axles";
    /// Height of a bus.
    bus_height_m = 3.2, "m", 2.0..=4.5, "engineering estimate: low-floor buses are 2.9 to 3.2 m high";
    /// Width of a bus, mirrors left out.
    bus_width_m = 2.55, "m", 1.8..=3.0, "StVZO § 32: 2.55 m";
    /// Clear width of street that a bus needs beside its own width.
    bus_clearance_m = 0.5, "m", 0.0..=2.0, "RASt 06: 0.25 m of room for movement on each side";
    /// Time that a bus would lose for serving a stop rather than leaving it out.
    bus_stop_worth_min = 3.0, "min", 0.0..=30.0, "engineering estimate: people of a lost stop walk 200 m or more to the next";
    /// Mass of a heavy lorry.
    lorry_weight_t = 40.0, "t", 3.5..=60.0, "StVZO § 34: 40 t";
    /// Height of a heavy lorry.
    lorry_height_m = 4.0, "m", 2.0..=4.5, "StVZO § 32: 4.0 m";
    /// Width of a heavy lorry.
    lorry_width_m = 2.55, "m", 1.8..=3.0, "StVZO § 32: 2.55 m";
}
