//! How many connections a store can be asked for, and how many it gives.

mod automatic;
mod busy;
mod client;
mod demand;
mod supply;
mod transition;
mod waves;

pub use automatic::weighted_by_load;
pub use busy::Busy;
pub use client::{Client, ClientDemand, Opener};
pub use demand::{Clients, Demand, Situation};
pub use supply::{Supply, pooler_demand, reserved, supply};
pub use transition::{Holder, Moment, Share, Transition};
