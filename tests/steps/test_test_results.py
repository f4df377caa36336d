"""Results of foreign runners: what a format says is what we read."""

from __future__ import annotations

import contextlib
import sys
import time
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvariant.errors import InputError, Location
from kvariant.results import Outcome
from kvariant.steps.test_results import KINDS, TestOutcome, parse_results

OK, FAILED, ERROR, SKIPPED, TIMEOUT, FLAKY = (
    Outcome.OK,
    Outcome.FAILED,
    Outcome.ERROR,
    Outcome.SKIPPED,
    Outcome.TIMEOUT,
    Outcome.FLAKY,
)


def read(kind: str, text: str) -> list[tuple[str, Outcome, float, str]]:
    """Return the fields of every test."""
    return [(t.test, t.outcome, t.duration, t.message) for t in parse_results(kind, text)]


JUNIT = {
    "pytest": (
        """<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" tests="4">
<testcase classname="tests.test_a" name="test_ok[base]" time="0.004"/>
<testcase classname="tests.test_a" name="test_bad" time="0.5"><failure
 message="AssertionError: assert 1 == 2&#10;  more">def test_bad(): ...</failure></testcase>
<testcase classname="tests.test_a" name="test_skip" time="0"><skipped type="pytest.skip"
 message="PDF is n">tests/test_a.py:4: PDF is n</skipped></testcase>
<testcase classname="" name="tests.test_b" time="0"><error
 message="collection failure">ImportError: no</error></testcase>
</testsuite></testsuites>""",
        [
            ("tests.test_a.test_ok[base]", OK, 0.004, ""),
            ("tests.test_a.test_bad", FAILED, 0.5, "AssertionError: assert 1 == 2; more"),
            ("tests.test_a.test_skip", SKIPPED, 0.0, "PDF is n"),
            ("tests.test_b", ERROR, 0.0, "collection failure"),
        ],
    ),
    "googletest": (
        """<testsuites tests="3" name="AllTests"><testsuite name="Swap">
<testcase name="Entry" status="run" result="completed" time="0.01" classname="Swap"/>
<testcase name="DISABLED_Wide" status="notrun" result="suppressed" time="0." classname="Swap"/>
<testcase name="Offset" status="run" result="completed" time="1,002.5" classname="Swap">
<failure message="a.cc:3&#x0A;Expected: 1&#x0A;  Actual: 2" type=""><![CDATA[a.cc:3]]></failure>
</testcase></testsuite></testsuites>""",
        [
            ("Swap.Entry", OK, 0.01, ""),
            ("Swap.DISABLED_Wide", SKIPPED, 0.0, ""),
            ("Swap.Offset", FAILED, 1002.5, "a.cc:3; Expected: 1; Actual: 2"),
        ],
    ),
    "ctest": (
        """<testsuite name="Linux-c++" tests="2"><testcase name="unit" classname="unit"
 time="0.1" status="fail"><failure message=""/><system-out>no</system-out></testcase>
<testcase name="wide" classname="wide" time="0" status="disabled"/></testsuite>""",
        [("unit", FAILED, 0.1, ""), ("wide", SKIPPED, 0.0, "")],
    ),
    "nested suites, a namespace, text instead of a message": (
        """<testsuite xmlns="urn:x" name="outer"><testsuite name="inner"><testcase name="t"
 time="-1"><failure type="Crash">
   it fell
   far</failure></testcase></testsuite></testsuite>""",
        [("inner.t", FAILED, 0.0, "it fell; far")],
    ),
    "reported twice: the worse": (
        """<testsuite><testcase name="t" time="1"><failure message="no"/></testcase>
<testcase name="t" time="2"><error message="teardown"/></testcase></testsuite>""",
        [("t", ERROR, 3.0, "teardown")],
    ),
    "colours and other characters that XML does not have": (
        '<testsuite><testcase name="t"><failure message="\x1b[31mred &#x1b;[0m &#0;"/>'
        "</testcase></testsuite>",
        [("t", FAILED, 0.0, "\ufffd[31mred \ufffd[0m \ufffd")],
    ),
    "a test in two suites": (
        """<testsuites><testsuite name="boardA"><testcase classname="s" name="t" time="1"/>
<testcase classname="s" name="u"/></testsuite><testsuite name="boardB">
<testcase classname="s" name="t" time="2"><failure message="no link"/></testcase>
</testsuite></testsuites>""",
        [
            ("boardA.s.t", OK, 1.0, ""),
            ("s.u", OK, 0.0, ""),
            ("boardB.s.t", FAILED, 2.0, "no link"),
        ],
    ),
    "a test in two suites of one name within others": (
        """<testsuites><testsuite name="a"><testsuite name="x"><testcase name="t"/></testsuite>
</testsuite><testsuite name="b"><testsuite name="x"><testcase name="t"><error message="no"/>
</testcase></testsuite></testsuite></testsuites>""",
        [("a.x.t", OK, 0.0, ""), ("b.x.t", ERROR, 0.0, "no")],
    ),
    "a suite that is reported twice": (
        """<testsuites><testsuite name="a"><testcase name="t"/></testsuite>
<testsuite name="a"><testcase name="t"><failure message="no"/></testcase></testsuite>
</testsuites>""",
        [("a.t", FAILED, 0.0, "no")],
    ),
    "Surefire's tries": (
        """<testsuite name="n"><testcase classname="n" name="x"><flakyFailure message="first"/>
</testcase><testcase classname="n" name="y"><flakyError message="crash"/></testcase>
<testcase classname="n" name="z"><failure message="never"/><rerunFailure message="again"/>
</testcase></testsuite>""",
        [
            ("n.x", FLAKY, 0.0, "first"),
            ("n.y", FLAKY, 0.0, "crash"),
            ("n.z", FAILED, 0.0, "never"),
        ],
    ),
    "a suite that broke": (
        """<testsuites><testsuite name="db"><testcase name="t"/><error message="no server"/>
</testsuite><testsuite name="web"><failure>no page</failure></testsuite></testsuites>""",
        [
            ("db.t", OK, 0.0, ""),
            ("db", ERROR, 0.0, "no server"),
            ("web", ERROR, 0.0, "no page"),
        ],
    ),
    "a failure that is counted and not told": (
        """<testsuite name="db" tests="2" failures="1" errors="0"><testcase name="t"/>
<testcase name="u"/></testsuite>""",
        [
            ("db.t", OK, 0.0, ""),
            ("db.u", OK, 0.0, ""),
            ("db", ERROR, 0.0, "1 failed, it says, but it does not say which"),
        ],
    ),
    "counted by the suites around as well": (
        """<testsuites failures="1"><testsuite name="a" failures="1"><testcase name="t">
<failure message="no"/></testcase></testsuite></testsuites>""",
        [("a.t", FAILED, 0.0, "no")],
    ),
    "said by an attribute alone": (
        """<testsuite name="a"><testcase name="t" status="failed"/><testcase name="u"
 result="Error"/><testcase name="v" status="run"/></testsuite>""",
        [("a.t", FAILED, 0.0, ""), ("a.u", ERROR, 0.0, ""), ("a.v", OK, 0.0, "")],
    ),
    "Surefire's class whose set-up fails: a case without a name": (
        """<testsuite name="test.T" tests="1" errors="0" failures="1"><testcase name=""
 classname="test.T" time="0.5"><failure type="org.opentest4j.AssertionFailedError"><![CDATA[
org.opentest4j.AssertionFailedError: Failure in @BeforeAll method
\tat test.T.setup(T.java:14)
]]></failure></testcase></testsuite>""",
        [
            (
                "test.T",
                FAILED,
                0.5,
                "org.opentest4j.AssertionFailedError: Failure in @BeforeAll method;"
                " at test.T.setup(T.java:14)",
            )
        ],
    ),
    "GoogleTest's suites and environments that fail": (
        """<testsuites><testsuite name="Foo" tests="1" failures="0"><testcase name="Bar"
 status="run" result="completed" classname="Foo"/><testcase name="" status="run"
 result="completed" classname=""><failure message="a.cc:5&#x0A;no db" type=""/></testcase>
</testsuite><testsuite name="NonTestSuiteFailure" tests="1" failures="1"><testcase name=""
 classname=""><failure message="no env" type=""/></testcase></testsuite></testsuites>""",
        [
            ("Foo.Bar", OK, 0.0, ""),
            ("Foo", FAILED, 0.0, "a.cc:5; no db"),
            ("NonTestSuiteFailure", FAILED, 0.0, "no env"),
        ],
    ),
    "nothing has a name": (
        "<testsuite><testcase><failure message='no'/></testcase></testsuite>",
        [("unnamed", FAILED, 0.0, "no")],
    ),
    "Surefire's trace, and a type above nothing": (
        """<testsuite name="n"><testcase name="a" classname="n"><flakyFailure message=""
 type="java.lang.AssertionError">
   <stackTrace><![CDATA[java.lang.AssertionError: boo
\tat n.a(n.java:3)]]></stackTrace></flakyFailure></testcase><testcase name="b" classname="n">
<error type="java.lang.OutOfMemoryError">
   </error></testcase></testsuite>""",
        [
            ("n.a", FLAKY, 0.0, "java.lang.AssertionError: boo; at n.a(n.java:3)"),
            ("n.b", ERROR, 0.0, "java.lang.OutOfMemoryError"),
        ],
    ),
    "Go's, where the message is a word": (
        """<testsuite name="pkg/a" tests="2" failures="2"><testcase name="TestA"
 classname="pkg/a" time="0.010"><failure message="Failed" type="">=== RUN   TestA
    a_test.go:10: got 3, want 4
--- FAIL: TestA (0.01s)
</failure></testcase><testcase name="TestB" classname="pkg/a"><failure message="Failed"><![CDATA[
    b_test.go:11: no]]></failure></testcase></testsuite>""",
        [
            ("pkg/a.TestA", FAILED, 0.01, "a_test.go:10: got 3, want 4"),
            ("pkg/a.TestB", FAILED, 0.0, "b_test.go:11: no"),
        ],
    ),
    "Meson and CTest, where the test's output says it": (
        """<testsuite name="proj" tests="4" failures="4"><testcase name="two"
 classname="proj"><failure /><system-out>begin
two: two.c:12: main: Assertion `x == 3' failed.
end</system-out></testcase><testcase name="unit" classname="unit" status="fail"><failure
 message="Failed"/><system-out>checking
a.c:3: error: no swap
</system-out></testcase><testcase name="seg" classname="seg" status="fail"><failure
 message="SEGFAULT"/><system-out>a.c:3: error: no</system-out></testcase><testcase name="mute"
 classname="mute" status="fail"><failure message="Failed"/><system-out>100 %</system-out>
</testcase></testsuite>""",
        [
            ("proj.two", FAILED, 0.0, "two: two.c:12: main: Assertion `x == 3' failed."),
            ("unit", FAILED, 0.0, "a.c:3: error: no swap"),
            ("seg", FAILED, 0.0, "SEGFAULT"),
            ("mute", FAILED, 0.0, "Failed"),
        ],
    ),
    "CTest's tests that are not there": (
        """<testsuite name="Linux-c++" tests="4" failures="2" skipped="2"><testcase name="a"
 classname="a" status="notrun"><skipped message="Unable to find executable"/></testcase>
<testcase name="b" classname="b" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>
</testcase><testcase name="c" classname="c" status="notrun"><skipped
 message="Required Files Missing"/></testcase><testcase name="d" classname="d" status="disabled">
<skipped message="Disabled"/></testcase></testsuite>""",
        [
            ("a", ERROR, 0.0, "Unable to find executable"),
            ("b", SKIPPED, 0.0, "SKIP_RETURN_CODE=77"),
            ("c", ERROR, 0.0, "Required Files Missing"),
            ("d", SKIPPED, 0.0, "Disabled"),
        ],
    ),
    "nextest's tries, with a test that is to fail where it is flaky": (
        """<testsuites name="nextest-run"><testsuite name="a::basic" tests="2" failures="1">
<testcase name="x" classname="a::basic"><failure type="test failure with exit code 101">thread
'x' panicked</failure><rerunFailure type="test failure">y</rerunFailure></testcase>
<testcase name="z" classname="a::basic"><failure message="configured to fail when flaky"/>
<flakyFailure type="test failure">y</flakyFailure></testcase></testsuite></testsuites>""",
        [
            ("a::basic.x", FAILED, 0.0, "thread; 'x' panicked"),
            ("a::basic.z", FAILED, 0.0, "configured to fail when flaky"),
        ],
    ),
    "a document for each group, as Rust's and cmocka's": (
        """<?xml version="1.0"?><testsuites><testsuite name="one"><testcase name="a"/>
</testsuite></testsuites>
<?xml version="1.0" encoding="latin-1"?>
<testsuites><testsuite name="zwei ü"><testcase name="b"><failure message="no"/></testcase>
</testsuite></testsuites><testsuite name="three"><testcase name="c"/></testsuite>
""",
        [("one.a", OK, 0.0, ""), ("zwei ü.b", FAILED, 0.0, "no"), ("three.c", OK, 0.0, "")],
    ),
    "cases within something else; what was printed is none": (
        """<testsuite name="a"><group><testcase name="t"><failure message="no"/></testcase>
</group><system-out><testcase name="u"/></system-out></testsuite>""",
        [("a.t", FAILED, 0.0, "no")],
    ),
}


@pytest.mark.parametrize(("text", "expected"), JUNIT.values(), ids=JUNIT)
def test_junit(text: str, expected: list[object]) -> None:
    """Every runner's way of writing JUnit XML gives the same four fields."""
    assert expected == read("junit", text)


TAP = {
    "the three fields and both directives": (
        """TAP version 13
1..5
ok 1 - entry # time=12.5ms
not ok 2 - offset \\# 1
#   Failed test 'offset'
#          got: '1'
ok 3 - wide # SKIP no wide words
not ok 4 soon # TODO next year
ok
""",
        [
            ("entry", OK, 0.0125, ""),
            ("offset # 1", FAILED, 0.0, "Failed test 'offset'; got: '1'"),
            ("wide", SKIPPED, 0.0, "no wide words"),
            ("soon", SKIPPED, 0.0, "expected failure: next year"),
            ("test 5", OK, 0.0, ""),
        ],
    ),
    "node's subtests and YAML": (
        """TAP version 13
# Subtest: swap
    # Subtest: entry
    ok 1 - entry
      ---
      duration_ms: 2.5
      ...
    # Subtest: offset
    not ok 2 - offset
      ---
      duration_ms: 1
      error: 'got 3'
      stack: |-
        ok 7 - is no result
      ...
    1..2
not ok 1 - swap
  ---
  duration_ms: 4
  ...
ok 2 - other
1..2
""",
        [
            ("swap.entry", OK, 0.0025, ""),
            ("swap.offset", FAILED, 0.001, "got 3"),
            ("other", OK, 0.0, ""),
        ],
    ),
    "a parent that fails though no subtest does": (
        "# Subtest: a\n    ok 1 - b\n    1..1\nnot ok 1 - a\n# teardown\n1..1\n",
        [("a.b", OK, 0.0, ""), ("a", FAILED, 0.0, "teardown")],
    ),
    "a plan that is not kept": (
        "1..3\nok 1 - a\n",
        [("a", OK, 0.0, ""), ("plan", ERROR, 0.0, "2 of 3 planned tests did not report")],
    ),
    "nothing is planned": ("1..0 # SKIP no root\n", [("plan", SKIPPED, 0.0, "no root")]),
    "bailed out": (
        "1..1\nok 1 - a\nBail out! disk is full\n",
        [("a", OK, 0.0, ""), ("run", ERROR, 0.0, "bailed out: disk is full")],
    ),
    "a subtest that is cut off": (
        "TAP version 14\n# Subtest: a\n    ok 1 - b\n    # going on\n",
        [("a.b", OK, 0.0, ""), ("a", ERROR, 0.0, "it never ended")],
    ),
    "words behind a # that are no directives": (
        """1..5
ok 1 - handles # errors in the list
ok 2 - retries # timeouts happen
not ok 3 - Range#skip keeps
not ok 4 - lines # skipping blanks
not ok 5 - a link # TODO-list
""",
        [
            ("handles # errors in the list", OK, 0.0, ""),
            ("retries # timeouts happen", OK, 0.0, ""),
            ("Range#skip keeps", FAILED, 0.0, ""),
            ("lines # skipping blanks", FAILED, 0.0, ""),
            ("a link # TODO-list", FAILED, 0.0, ""),
        ],
    ),
    "KTAP's own directives": (
        "1..2\nnot ok 1 - a # TIMEOUT 45 s\nnot ok 2 - b # XFAIL no\n",
        [("a # TIMEOUT 45 s", FAILED, 0.0, ""), ("b # XFAIL no", FAILED, 0.0, "")],
    ),
    "older and shorter forms": (
        "1..4\nok 1 - a # skip: no root\nok 2 - b # Skipped: no net\nok 3 # SKIP\n"
        "not ok 4 - c # todo: later\n",
        [
            ("a", SKIPPED, 0.0, "no root"),
            ("b", SKIPPED, 0.0, "no net"),
            ("test 3", SKIPPED, 0.0, ""),
            ("c", SKIPPED, 0.0, "expected failure: later"),
        ],
    ),
    "YAML ends where its indentation does": (
        "1..2\nok 1 - a\n  ---\n  message: cut\nnot ok 2 - b\n",
        [("a", OK, 0.0, ""), ("b", FAILED, 0.0, "")],
    ),
    "dashes that begin no YAML": (
        "1..2\nok 1 - a\n---\nnot ok 2 - b\n  words\n  ---\n",
        [("a", OK, 0.0, ""), ("b", FAILED, 0.0, "words; ---")],
    ),
    "more tests than planned": (
        "1..1\nok 1 - a\nok 2 - b\n",
        [
            ("a", OK, 0.0, ""),
            ("b", OK, 0.0, ""),
            ("plan", ERROR, 0.0, "2 tests reported, 1 planned"),
        ],
    ),
    "numbers that do not rise by one": (
        "1..3\nok 1 - a\nok 3 - b\nok 4 - c\n",
        [
            ("a", OK, 0.0, ""),
            ("b", OK, 0.0, ""),
            ("c", OK, 0.0, ""),
            ("plan", ERROR, 0.0, "test 3 stands where 2 was due"),
        ],
    ),
    "two plans": (
        "1..1\nok 1 - a\n1..1\n",
        [("a", OK, 0.0, ""), ("plan", ERROR, 0.0, "1..1 is a second plan")],
    ),
    "a plan between tests": (
        "ok 1 - a\n1..2\nok 2 - b\n",
        [
            ("a", OK, 0.0, ""),
            ("b", OK, 0.0, ""),
            ("plan", ERROR, 0.0, "the plan stands between tests"),
        ],
    ),
    "no plan": (
        "ok 1 - a\n",
        [
            ("a", OK, 0.0, ""),
            (
                "plan",
                ERROR,
                0.0,
                "there is no plan (1..N): nobody knows how many tests did not report",
            ),
        ],
    ),
    "no test": (
        "1..0\n",
        [("plan", ERROR, 0.0, "1..0: no test is planned, and no reason is given")],
    ),
    "no test in a subtest": (
        "1..2\n    1..0 # no pages\nok 1 - a\n    1..0\nok 2 - b # SKIP no tests found\n",
        [("a.plan", SKIPPED, 0.0, "no pages"), ("b", SKIPPED, 0.0, "no tests found")],
    ),
    "two documents": (
        "TAP version 13\n1..1\nok 1 - a\nTAP version 13\n1..1\nnot ok 1 - b\n",
        [("a", OK, 0.0, ""), ("b", FAILED, 0.0, "")],
    ),
    "bailed out before all was run": (
        "1..3\n    ok 1 - b\n    Bail out! disk is full\n",
        [("subtests.b", OK, 0.0, ""), ("run", ERROR, 0.0, "bailed out: disk is full")],
    ),
    "kselftest under TAP's name": (
        "TAP version 13\n1..1\n# selftests: net: one\n# 1..1\n# not ok 1 a\n"
        "not ok 1 selftests: net: one # exit=1\n",
        [("selftests: net: one.a", FAILED, 0.0, "")],
    ),
    "comments that only look like results": (
        "1..1\n# not ok 1 is what it printed before\nok 1 - a\n",
        [("a", OK, 0.0, "")],
    ),
    "Perl's buffered subtests, which stand behind their test": (
        """TAP version 13
ok 1 - one {
    ok 1 - bar
    not ok 2 - baz

    #   Failed test 'baz'
    1..2
}
not ok 2 - two { # TODO later
    not ok 1 - in
    1..1
}
not ok 3 - three {
    ok 1 - in
    1..1
}
# teardown
1..3
""",
        [
            ("one.bar", OK, 0.0, ""),
            ("one.baz", FAILED, 0.0, "Failed test 'baz'"),
            ("two.in", SKIPPED, 0.0, "expected failure: later"),
            ("three.in", OK, 0.0, ""),
            ("three", FAILED, 0.0, "teardown"),
        ],
    ),
    "node-tap's, with times, nested, the last one cut": (
        """TAP version 14
ok 1 - a # time=3.2ms {
    ok 1 - b # time=1ms {
        ok 1 - c
        1..1
    }

    1..1
}

not ok 2 - d {
    1..2
    not ok 1 - e
""",
        [
            ("a.b.c", OK, 0.0, ""),
            ("d.e", FAILED, 0.0, ""),
            (
                "plan",
                ERROR,
                0.0,
                "there is no plan (1..N): nobody knows how many tests did not report",
            ),
        ],
    ),
    "braces that open nothing": (
        "1..3\nok 1 - parses {\nok 2 - {\n}\nnot ok 3 - }\n",
        [("parses", OK, 0.0, ""), ("test 2", OK, 0.0, ""), ("}", FAILED, 0.0, "")],
    ),
    "node:test's error of several lines": (
        """TAP version 13
# Subtest: top
    # Subtest: sub
    not ok 1 - sub
      ---
      duration_ms: 0.5
      type: 'test'
      error: |-
        Expected values to be strictly equal:

        1 !== 2

      code: 'ERR_ASSERTION'
      stack: |-
        Test.<anonymous> (/x/a.test.js:3:5)
      ...
    1..1
not ok 1 - top
  ---
  duration_ms: 1
  error: '1 subtest failed'
  ...
1..1
# tests 2
""",
        [("top.sub", FAILED, 0.0005, "Expected values to be strictly equal:; 1 !== 2")],
    ),
    "YAML whose keys are deeper than its dashes, and says no message": (
        """1..3
not ok 1 - should be equal
  ---
    operator: equal
    expected: 2
    actual:   1
    stack: |-
      Error: message: no
  ...
not ok 2 - quoted
  ---
  message: 'it''s "-1"'
  ...
not ok 3 - double
  ---
  message: "say \\"-1\\"\\tnow"
  ...
""",
        [
            ("should be equal", FAILED, 0.0, "operator: equal; expected: 2; actual: 1"),
            ("quoted", FAILED, 0.0, 'it\'s "-1"'),
            ("double", FAILED, 0.0, 'say "-1" now'),
        ],
    ),
    "kselftest's harness under TAP's name": (
        """TAP version 13
1..3
# Starting 3 tests from 1 test cases.
#  RUN           global.one ...
#            OK  global.one
ok 1 global.one
#  RUN           global.two ...
# two.c:12:two:Expected 1 (1) == 2 (2)
#          FAIL  global.two
not ok 2 global.two
#  RUN           global.three ...
#      SKIP      no net
#            OK  global.three
ok 3 global.three # SKIP no net
# FAILED: 2 / 3 tests passed.
""",
        [
            ("global.one", OK, 0.0, ""),
            ("global.two", FAILED, 0.0, "two.c:12:two:Expected 1 (1) == 2 (2)"),
            ("global.three", SKIPPED, 0.0, "no net"),
        ],
    ),
    "a subtest of what is to be done": (
        "1..1\n# Subtest: a\n    not ok 1 - in\n    1..1\nnot ok 1 - a # TODO later\n",
        [("a.in", SKIPPED, 0.0, "expected failure: later")],
    ),
    "what broke off says why": (
        "1..2\nok 1 - a\n# making b\n# b.c:3: error: no memory\n",
        [
            ("a", OK, 0.0, ""),
            (
                "plan",
                ERROR,
                0.0,
                "1 of 2 planned tests did not report: b.c:3: error: no memory",
            ),
        ],
    ),
    "other output": ("hello\nokay then\nok 1 - a\r\n1..1\r\n", [("a", OK, 0.0, "")]),
}


@pytest.mark.parametrize(("text", "expected"), TAP.values(), ids=TAP)
def test_tap(text: str, expected: list[object]) -> None:
    """Versions 12 to 14, subtests and YAML included."""
    assert expected == read("tap", text)


KTAP = {
    "KUnit": (
        """random: crng init done
KTAP version 1
1..2
    KTAP version 1
    # Subtest: swap
    # module: swap_test
    1..3
    # offset: EXPECTATION FAILED at mm/swap_test.c:29
    Expected a == b, but
        a == 1 (0x1)
    not ok 1 offset
    # entry.speed: slow
    ok 2 entry
        KTAP version 1
        # Subtest: widths
        ok 1 32 bits
        not ok 2 64 bits # TIMEOUT
    not ok 3 widths
# swap: pass:1 fail:2 skip:0 total:3
# Totals: pass:2 fail:2 skip:0 total:4
not ok 1 swap
ok 2 migration # SKIP MIGRATION is n
""",
        [
            (
                "swap.offset",
                FAILED,
                0.0,
                "offset: EXPECTATION FAILED at mm/swap_test.c:29; Expected a == b, but;"
                " a == 1 (0x1)",
            ),
            ("swap.entry", OK, 0.0, ""),
            ("swap.widths.32 bits", OK, 0.0, ""),
            ("swap.widths.64 bits", TIMEOUT, 0.0, ""),
            ("migration", SKIPPED, 0.0, "MIGRATION is n"),
        ],
    ),
    "kselftest, two spaces, expected failure": (
        """TAP version 13
1..2
# selftests: mm: soft-dirty
  KTAP version 1
  1..2
  ok 1 mapped
  ok 2 huge # XFAIL no pages
ok 1 selftests: mm: soft-dirty
# Segmentation fault
not ok 2 selftests: mm: uffd # exit=139
""",
        [
            ("selftests: mm: soft-dirty.mapped", OK, 0.0, ""),
            ("selftests: mm: soft-dirty.huge", SKIPPED, 0.0, "expected failure: no pages"),
            ("selftests: mm: uffd", FAILED, 0.0, "Segmentation fault"),
        ],
    ),
    "kselftest's programs with tests of their own": (
        """TAP version 13
1..4
# timeout set to 45
# selftests: net: one
# TAP version 13
# 1..2
# ok 1 first
# no route to host
# not ok 2 second
# # Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0
not ok 1 selftests: net: one # exit=1
# selftests: net: two
# ok 1 x
ok 2 selftests: net: two
# timeout set to 45
# selftests: net: three
# 1..2
# ok 1 x
#
not ok 3 selftests: net: three # TIMEOUT 45 seconds
# selftests: net: four
# Bail out! no namespace
not ok 4 selftests: net: four # exit=1
""",
        [
            ("selftests: net: one.first", OK, 0.0, ""),
            ("selftests: net: one.second", FAILED, 0.0, "no route to host"),
            ("selftests: net: two.x", OK, 0.0, ""),
            ("selftests: net: three.x", OK, 0.0, ""),
            ("selftests: net: three", TIMEOUT, 0.0, "45 seconds"),
            ("selftests: net: four.run", ERROR, 0.0, "bailed out: no namespace"),
        ],
    ),
    "data behind a name": (
        "KTAP version 1\n1..4\nok 1 a # errors in the list\nnot ok 2 b#c # exit=3\n"
        "not ok 3 d # ERROR no memory\nok 4 e # timeout\n",
        [
            ("a", OK, 0.0, ""),
            ("b#c", FAILED, 0.0, "exit=3"),
            ("d", ERROR, 0.0, "no memory"),
            ("e", OK, 0.0, ""),
        ],
    ),
    "a version to come": ("KTAP version 2\n1..1\nnot ok 1 x\n", [("x", FAILED, 0.0, "")]),
    "modules one after the other": (
        "KTAP version 1\n1..1\nok 1 a\nKTAP version 1\n1..2\nok 1 b\n",
        [
            ("a", OK, 0.0, ""),
            ("b", OK, 0.0, ""),
            ("plan", ERROR, 0.0, "1 of 2 planned tests did not report"),
        ],
    ),
    "a suite without a test": (
        "KTAP version 1\n1..1\n    KTAP version 1\n    1..0\nok 1 a\n",
        [("a.plan", ERROR, 0.0, "1..0: no test is planned, and no reason is given")],
    ),
    "lines of programs among those of the kernel": (
        "[  0.1] KTAP version 1\n[  0.2] 1..2\nnot ok 1 a\n[123456.1] ok 2 b\n",
        [("a", FAILED, 0.0, ""), ("b", OK, 0.0, "")],
    ),
    "time stamps": (
        """[    0.100000] ok 1 is before the version line
[    0.200000] KTAP version 1
[    0.200000] 1..1
[    0.300000]     KTAP version 1
[    0.300000]     # Subtest: a
[    0.300000]     ok 1 b
[    0.300000] ok 1 a
""",
        [("a.b", OK, 0.0, "")],
    ),
    "a kernel that crashes": (
        """KTAP version 1
1..1
    KTAP version 1
    # Subtest: a
    1..2
    ok 1 b
    BUG: kernel NULL pointer dereference
""",
        [
            ("a.b", OK, 0.0, ""),
            (
                "a.plan",
                ERROR,
                0.0,
                "1 of 2 planned tests did not report: BUG: kernel NULL pointer dereference",
            ),
        ],
    ),
    "KUnit's attributes, and parameters that have a plan": (
        """KTAP version 1
1..1
    KTAP version 1
    # Subtest: ex
    # module: kunit_example_test
    1..2
        KTAP version 1
        # Subtest: params
        1..2
        ok 1 v 3
        # params: EXPECTATION FAILED at lib/x.c:10
        not ok 2 v 2
    # params: pass:1 fail:1 skip:0 total:2
    not ok 1 params
    # init.is_init: true
    # init: ASSERTION FAILED at lib/x.c:20
    not ok 2 init
# ex: pass:0 fail:2 skip:0 total:2
# Totals: pass:1 fail:2 skip:0 total:3
not ok 1 ex
""",
        [
            ("ex.params.v 3", OK, 0.0, ""),
            ("ex.params.v 2", FAILED, 0.0, "params: EXPECTATION FAILED at lib/x.c:10"),
            ("ex.init", FAILED, 0.0, "init: ASSERTION FAILED at lib/x.c:20"),
        ],
    ),
    "kselftest's harness in its runner": (
        """TAP version 13
1..1
# timeout set to 45
# selftests: net: tls
# TAP version 13
# 1..2
# # Starting 2 tests from 1 test cases.
# #  RUN           global.one ...
# #            OK  global.one
# ok 1 global.one
# #  RUN           global.two ...
# # tls.c:12:two:Expected 1 (1) == 2 (2)
# # FAIL  is what it says itself
# #          FAIL  global.two
# not ok 2 global.two
# # FAILED: 1 / 2 tests passed.
# # Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0
not ok 1 selftests: net: tls # exit=1
""",
        [
            ("selftests: net: tls.global.one", OK, 0.0, ""),
            (
                "selftests: net: tls.global.two",
                FAILED,
                0.0,
                "tls.c:12:two:Expected 1 (1) == 2 (2); FAIL is what it says itself",
            ),
        ],
    ),
    "a kernel that panics beneath its log's stamps": (
        """[    0.100000][    T1] KTAP version 1
[    0.100000][    T1] 1..2
[    0.200000][    T1] ok 1 a
[    0.300000][    T9] x: link is up
[    0.300000][    T9] BUG: KASAN: slab-out-of-bounds in c+0x12/0x34
[    0.300000][    T1] Kernel panic - not syncing: Fatal exception
""",
        [
            ("a", OK, 0.0, ""),
            (
                "plan",
                ERROR,
                0.0,
                "1 of 2 planned tests did not report: "
                "BUG: KASAN: slab-out-of-bounds in c+0x12/0x34",
            ),
        ],
    ),
    "what an expected failure has in it": (
        "KTAP version 1\n1..1\n  1..2\n  not ok 1 in\n  ok 2 b\nnot ok 1 a # XFAIL no pages\n",
        [("a.in", SKIPPED, 0.0, "expected failure: no pages"), ("a.b", OK, 0.0, "")],
    ),
}


@pytest.mark.parametrize(("text", "expected"), KTAP.values(), ids=KTAP)
def test_ktap(text: str, expected: list[object]) -> None:
    """KUnit's and kselftest's output, in a kernel log."""
    assert expected == read("ktap", text)


BAD = {
    "junit no XML": ("junit", "ok 1", "not XML: "),
    "junit empty": ("junit", "", "not XML: no element found"),
    "junit truncated": ("junit", "<testsuite><testcase", "not XML: "),
    "junit something else": ("junit", "<html/>", "not a JUnit report: its root is <html>"),
    "junit entities": (
        "junit",
        '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><testsuite>&c;</testsuite>',
        "a document type declaration is not accepted",
    ),
    "junit behind whose root is text": ("junit", "<testsuite/>\nok", "not XML: junk after"),
    "junit of two documents, one cut": (
        "junit",
        "<testsuite><testcase name='a'/></testsuite><?xml version='1.0'?><testsuite>",
        "not XML: no element found",
    ),
    "junit with a declaration inside": (
        "junit",
        "<testsuite><?xml version='1.0'?></testsuite>",
        "not XML: XML or text declaration not at start",
    ),
    "junit of two documents, one of something else": (
        "junit",
        "<testsuite><testcase name='a'/></testsuite><html/>",
        "not a JUnit report: its root is <html>",
    ),
    "tap empty": ("tap", "", "it has neither a plan nor a test"),
    "tap something else": ("tap", "Traceback:\n  boom\n", "it has neither a plan nor a test"),
    "junit without a test": ("junit", "<testsuites/>", "it has no test"),
    "junit with a suite of none": ("junit", "<testsuite name='x' tests='0'/>", "it has no test"),
    "ktap without a test": ("ktap", "KTAP version 1\nhello\n", "it has neither a plan nor a test"),
    "ktap without a version": ("ktap", "1..1\nok 1 a\n", "no line says 'KTAP version 1'"),
}


@pytest.mark.parametrize(("kind", "text", "message"), BAD.values(), ids=BAD)
def test_other_text_is_refused(kind: str, text: str, message: str) -> None:
    """What is not of the kind is an error with the file's name, never an empty result."""
    with pytest.raises(InputError) as caught:
        parse_results(kind, text, Location("out/results"))
    diagnostic = caught.value.diagnostics[0]
    assert diagnostic.code == "results"
    assert diagnostic.location == Location("out/results")
    assert diagnostic.message.startswith(f"cannot read {kind} results: {message}")


def test_entities_never_grow() -> None:
    """A billion laughs end at the first line."""
    bomb = '<!DOCTYPE a [<!ENTITY a0 "ha">'
    bomb += "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(30))
    with pytest.raises(InputError, match="document type"):
        parse_results("junit", f"{bomb}]><testsuite>&a30;</testsuite>")


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)
CASES = st.lists(
    st.tuples(NAMES, st.sampled_from([OK, FAILED, ERROR, SKIPPED]), st.integers(0, 10**6)),
    unique_by=lambda case: case[0],
)


@given(CASES)
def test_what_is_written_is_read(cases: list[tuple[str, Outcome, int]]) -> None:
    """Any name, any outcome, any duration."""
    words = {FAILED: "<failure/>", ERROR: "<error/>", SKIPPED: "<skipped/>", OK: ""}
    body = "".join(
        f"<testcase classname='a z' name={quoteattr(name)} time='{ms / 1000}'>{words[o]}</testcase>"
        for name, o, ms in cases
    )
    if not cases:
        return
    found = parse_results("junit", f"<testsuite>{body}</testsuite>")
    legal = [name.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd") for name, _, _ in cases]
    if len(set(legal)) == len(legal):
        assert [
            TestOutcome(test=f"a z.{name}", outcome=o, duration=ms / 1000)
            for name, (_, o, ms) in zip(legal, cases, strict=True)
        ] == list(found)


@given(st.sampled_from(KINDS), st.text(max_size=200))
def test_any_text_is_read_or_refused(kind: str, text: str) -> None:
    """No text ends in anything but outcomes or our error."""
    try:
        found = parse_results(kind, f"KTAP version 1\n{text}" if kind == "ktap" else text)
    except InputError:
        return
    assert len({t.test for t in found}) == len(found)


def test_deep_nesting_is_no_recursion() -> None:
    """A thousand levels are read like two."""
    depth = min(1000, sys.getrecursionlimit() - 100)
    lines = [f"{' ' * i}KTAP version 1" for i in range(depth)]
    lines += [f"{' ' * i}ok 1 a" for i in reversed(range(depth))]
    (test,) = parse_results("ktap", "\n".join(lines))
    assert test.test == ".".join(["a"] * depth)
    suites = "<testsuite>" * depth, "</testsuite>" * depth
    (test,) = parse_results("junit", f"{suites[0]}<testcase name='a'/>{suites[1]}")
    assert test.test == "a"


@pytest.mark.parametrize(
    "text",
    [
        "1..2\nok 1 - a\n",
        "ok 1 - a\nBail out! no disk\n",
        "KTAP version 1\n1..1\n  # Subtest: s\n  1..1\n  ok 1 - a\nnot ok 1 - s\n",
        "KTAP version 1\n1..1\n  # Subtest: s\n  ok 1 - a\n",
    ],
)
def test_what_only_failures_report(text: str) -> None:
    """Nobody says that a run was not cut or a group did not fail: that is no test of its own."""
    found = {t.test: t for t in parse_results("tap", text)}
    told = [t.is_always_told for t in found.values() if t.outcome is not OK]
    assert told
    assert not any(told)
    assert all(t.is_always_told for t in found.values() if t.outcome is OK)


@pytest.mark.parametrize("mark", ["#", "# ", "  #", "#\t", " ", "\t", "- ", "\\\\", "[", "ok "])
@pytest.mark.parametrize("head", ["not ok 1 - a", "not ok 1 - a # ", "# ", "# # ", "ok 1 - a #"])
@pytest.mark.parametrize("kind", ["tap", "ktap"])
def test_a_long_line_takes_no_longer_than_it_is_long(kind: str, head: str, mark: str) -> None:
    """Whatever it repeats: a line of a fuzzer is read as fast as one of words."""
    start = {"tap": "TAP version 13\n1..1\n", "ktap": "KTAP version 1\n1..1\n"}[kind]

    def seconds(line: str) -> float:
        begin = time.process_time()
        with contextlib.suppress(InputError):
            parse_results(kind, f"{start}{line}\x01\n")
        return time.process_time() - begin

    plain = max(0.02, *(seconds(f"{head} {'word ' * 8_000}") for _ in range(2)))
    assert seconds(f"{head}{mark * (40_000 // len(mark))}") < 20 * plain
