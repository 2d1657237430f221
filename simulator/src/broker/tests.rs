//! The life of a message, step by step, and that none is lost or made.

use proptest::prelude::*;

use super::*;
use crate::testing::model;

const SETTINGS: Settings = Settings {
    visibility: Some(Span::from_micros(30)),
    attempts_max: Some(3),
    depth_max: None,
    full: Full::Refuse,
};

fn filled(settings: Settings, messages: u64) -> Broker {
    let mut broker = Broker::new(settings);
    (0..messages).for_each(|message| assert_eq!(broker.publish(message), Published::Accepted));
    broker
}

fn next(broker: &mut Broker, now: u64) -> Option<(u64, u64)> {
    let delivery = broker.deliver(Tick::at(now))?;
    Some((delivery.message, delivery.attempt))
}

#[test]
fn first_come_first_served() {
    let mut broker = filled(SETTINGS, 3);
    let order: Vec<_> = std::iter::from_fn(|| next(&mut broker, 0)).collect();
    assert_eq!(order, [(0, 1), (1, 1), (2, 1)]);
    assert_eq!((broker.waiting(), broker.in_hand()), (0, 3));
}

#[test]
fn what_is_confirmed_is_gone() {
    let mut broker = filled(SETTINGS, 1);
    let delivery = broker.deliver(Tick::START).unwrap();
    assert_eq!(broker.expires(), Some(Tick::at(30)));
    assert!(broker.confirm(delivery));
    assert_eq!(broker.expires(), None);
    assert_eq!(broker.expire(Tick::at(99)), None);
    // Twice is once.
    assert!(!broker.confirm(delivery));
}

#[test]
fn what_is_not_confirmed_in_time_comes_back_ahead_of_the_others() {
    let mut broker = filled(SETTINGS, 3);
    let late = broker.deliver(Tick::START).unwrap();
    assert_eq!(broker.expire(Tick::at(29)), None);
    assert_eq!(broker.expire(Tick::at(30)), Some(Returned::Again(0)));
    assert_eq!(broker.expire(Tick::at(30)), None);
    assert_eq!(next(&mut broker, 30), Some((0, 2)));
    assert_eq!(next(&mut broker, 30), Some((1, 1)));
    // The first one is done now, and it is somebody else's.
    assert!(!broker.confirm(late));
    assert_eq!(broker.counts().too_late, 1);
    assert_eq!(broker.in_hand(), 2);
}

#[test]
fn after_three_deliveries_it_is_given_up() {
    let mut broker = filled(SETTINGS, 1);
    for (attempt, returned) in [
        (1, Returned::Again(0)),
        (2, Returned::Again(0)),
        (3, Returned::GivenUp(0)),
    ] {
        let delivery = broker.deliver(Tick::START).unwrap();
        assert_eq!(delivery.attempt, attempt);
        assert_eq!(broker.give_back(delivery), Some(returned));
        assert_eq!(broker.give_back(delivery), None);
    }
    assert_eq!(broker.deliver(Tick::START), None);
    assert_eq!(broker.counts().given_up, 1);
}

#[test]
fn without_a_time_it_stays_with_its_consumer() {
    let settings = Settings {
        visibility: None,
        attempts_max: None,
        ..SETTINGS
    };
    let mut broker = filled(settings, 1);
    for attempt in 1..100 {
        let delivery = broker.deliver(Tick::START).unwrap();
        assert_eq!(delivery.attempt, attempt);
        assert_eq!(broker.expire(Tick::at(u64::MAX)), None);
        assert_eq!(broker.give_back(delivery), Some(Returned::Again(0)));
    }
}

#[test]
fn a_full_queue_refuses() {
    let mut broker = filled(
        Settings {
            depth_max: Some(2),
            ..SETTINGS
        },
        2,
    );
    assert_eq!(broker.publish(7), Published::Refused);
    // What is worked on takes no room, and what comes back is let in.
    broker.deliver(Tick::START);
    assert_eq!(broker.publish(8), Published::Accepted);
    assert_eq!(broker.publish(9), Published::Refused);
    broker.expire(Tick::at(30));
    assert_eq!(broker.waiting(), 3);
}

#[test]
fn or_the_oldest_makes_room() {
    let settings = Settings {
        depth_max: Some(2),
        full: Full::DropOldest,
        ..SETTINGS
    };
    let mut broker = filled(settings, 2);
    assert_eq!(broker.publish(2), Published::InPlaceOf(0));
    assert_eq!(next(&mut broker, 0), Some((1, 1)));
    let mut none = Broker::new(Settings {
        depth_max: Some(0),
        ..settings
    });
    assert_eq!(none.publish(0), Published::Refused);
}

#[test]
fn a_process_takes_as_many_as_it_has_hands() {
    let mut broker = filled(SETTINGS, 5);
    let mut hands = Hands::new(2);
    let first = hands.take(&mut broker, Tick::START).unwrap();
    assert!(hands.take(&mut broker, Tick::START).is_some());
    assert_eq!(hands.take(&mut broker, Tick::START), None);
    broker.confirm(first);
    hands.done();
    assert_eq!(hands.busy(), 1);
    assert!(hands.take(&mut broker, Tick::START).is_some());
}

#[test]
fn as_the_spec_says() {
    let of = |engine: &str, queue: &str, consumes: &str| {
        let model = model(&format!(
            "project p\nqueue q {{ engine {engine}; {queue} }}\nworker w {{ image \"example.com/w:1\"; consumes q {{ {consumes} }} }}"
        ));
        Settings::of(&model.stores[0], Some(&model.workloads[0].consumes[0]))
    };
    assert_eq!(
        of("rabbitmq 4.1", "max_depth 50_000", "max_attempts 5"),
        Settings {
            visibility: None,
            attempts_max: Some(5),
            depth_max: Some(50_000),
            full: Full::Refuse,
        }
    );
    assert_eq!(of("sqs", "", "").visibility, Some(Span::from_micros(30_000_000)));
    assert_eq!(
        of("sqs", "", "visibility 90s").visibility,
        Some(Span::from_micros(90_000_000))
    );
}

proptest! {
    /// Every message is in exactly one place, none is delivered to two at once while its time runs, and none more often than it
    /// may be.
    #[test]
    fn messages_are_conserved(
        visibility in prop::option::of(1_u64..40),
        attempts_max in prop::option::of(1_u64..4),
        depth_max in prop::option::of(0_u64..8),
        is_dropping: bool,
        steps in prop::collection::vec((0_u64..8, 0_u8..6, 0_usize..8), 0..300),
    ) {
        let full = if is_dropping { Full::DropOldest } else { Full::Refuse };
        let visibility = visibility.map(Span::from_micros);
        let mut broker = Broker::new(Settings { visibility, attempts_max, depth_max, full });
        let (mut now, mut published, mut held) = (0, 0, Vec::<Delivery>::new());
        for (gap, step, which) in steps {
            now += gap;
            while let Some(Returned::Again(message) | Returned::GivenUp(message)) = broker.expire(Tick::at(now)) {
                prop_assert!(message < published);
            }
            match step {
                0 | 1 => {
                    broker.publish(published);
                    published += 1;
                }
                2 | 3 => if let Some(delivery) = broker.deliver(Tick::at(now)) {
                    prop_assert!(attempts_max.is_none_or(|most| delivery.attempt <= most));
                    let others = held.iter().filter(|other| other.message == delivery.message && broker.is_in_hand(**other));
                    prop_assert_eq!(others.count(), 0);
                    held.push(delivery);
                },
                4 if !held.is_empty() => {
                    let delivery = held.swap_remove(which % held.len());
                    let is_in_hand = broker.is_in_hand(delivery);
                    prop_assert_eq!(broker.confirm(delivery), is_in_hand);
                }
                5 if !held.is_empty() => {
                    broker.give_back(held.swap_remove(which % held.len()));
                }
                _ => {}
            }
            let counts = broker.counts();
            prop_assert_eq!(counts.accepted + counts.refused, published);
            let known = counts.confirmed + counts.given_up + counts.dropped + broker.waiting() + broker.in_hand();
            prop_assert_eq!(counts.accepted, known);
            let in_hand = held.iter().filter(|delivery| broker.is_in_hand(**delivery)).count();
            prop_assert_eq!(u64::try_from(in_hand).unwrap(), broker.in_hand());
            if let Some(next) = broker.expires() {
                prop_assert!(Tick::at(now) < next);
            }
        }
    }
}
