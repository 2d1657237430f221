//! The one style.

#![allow(
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

fn format(text: &str) -> String {
    let parse = loadline_grammar::parse(text, 0);
    assert!(parse.errors.is_empty(), "{:?}", parse.errors);
    let printed = loadline_grammar::print(&parse.file);
    let again = loadline_grammar::parse(&printed, 0);
    assert!(again.errors.is_empty(), "{printed}\n{:?}", again.errors);
    assert_eq!(loadline_grammar::print(&again.file), printed, "not idempotent");
    printed
}

#[test]
fn aligns_runs_and_keeps_literals_and_comments() {
    insta::assert_snapshot!(format(
        r##"

# head
## The shop.
project shop { owner "team"; labels { "a/b" "c" } }
service api { # why
extends node-service ;version 2.10
    cpu 250m..1 # enough
  memory 512Mi..1Gi { heap 640Mi; external 96Mi }


  # next
  listen http 3000 { idle_timeout 65s
   }
  idempotent
  steps [ "npm ci", # first
    "npm run build" ]
  text """
     long
       text
  """
  empty { }
  # end
}
let x 10_000
"##
    ), @r#"
    # head
    ## The shop.
    project shop { owner "team"; labels { "a/b" "c" } }
    service api {
      # why
      extends node-service
      version 2.10
      cpu     250m..1  # enough
      memory  512Mi..1Gi { heap 640Mi; external 96Mi }

      # next
      listen http 3000 {
        idle_timeout 65s
      }
      idempotent
      steps [
        "npm ci",  # first
        "npm run build",
      ]
      text """
         long
           text
      """
      empty {}
      # end
    }
    let x 10_000
    "#);
}

#[test]
fn breaks_what_does_not_fit() {
    let long = format!("a {{ b \"{}\"; c [{}] }}", "x".repeat(90), "\"item\", ".repeat(20));
    insta::assert_snapshot!(format(&long), @r#"
    a {
      b "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
      c [
        "item",
        "item",
        "item",
        "item",
        "item",
        "item",
        "item",
        "item",
        "item",
        "item",
        "item",
        "item",
        "item",
        "item",
        "item",
        "item",
        "item",
        "item",
        "item",
        "item",
      ]
    }
    "#);
}
