#!/bin/sh
# The demonstration: the fictional roster and pre-approvals, then the nightly batch on the sample evening in inbox/.
# Everything here may be repeated: a second run finds nothing new.
set -eu
cd "$(dirname "$0")/.."
countersign=.venv/bin/countersign

# Exit code 1 means: done, and something needs attention, which the summary shows. On the sample evening it does.
attention() { "$@" || [ $? -eq 1 ]; }

attention $countersign roster import sample/roster.csv
attention $countersign preapproval import sample/preapprovals.csv --recognizer "CUSD 200"
attention $countersign nightly
