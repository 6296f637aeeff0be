"""The rules of scoring as tables. Columns that begin with `=` are what must come out; `none` means no score."""

from __future__ import annotations

from tests.spec.tables import Spec

SPECS = (
    Spec(
        "A dimension is the mean of its answered items",
        "Option scores run from 0 to 1 and 1 is the good end. A reversed question counts 1 minus its option's score.",
        """
        component | how  | of  | dimension
        q1        | item | q1  | social
        q2        | item | q2  | social
        bad       | item | bad | social
        """,
        """
        case                   | q1   | q2  | bad  | =social  | =answered
        all answered           | v100 | v50 | v25  | 0.750000 | 3/3
        one unknown            | v100 | v50 | dk   | 0.750000 | 2/3
        worst                  | v0   | v0  | v100 | 0.000000 | 3/3
        thirds are rounded     | v100 | v0  | v100 | 0.333333 | 3/3
        two thirds are rounded | v100 | v0  | v0   | 0.666667 | 3/3
        """,
    ),
    Spec(
        "Below the minimum answered share there is no score",
        "Answered ÷ applicable, compared in whole numbers. Don't know, refused and empty count as not answered; "
        "what was not asked or does not apply leaves the denominator.",
        """
        component | how  | of | dimension
        q1        | item | q1 | social
        q2        | item | q2 | social
        q3        | item | q3 | social
        q4        | item | q4 | social
        aid       | item | aid | social
        """,
        """
        case                     | q1   | q2   | q3  | q4  | aid | =social  | =answered | =why
        exactly sixty per cent   | v100 | v50  | v0  | dk  |     | 0.500000 | 3/5       |
        below                    | v100 | v50  | ref | dk  |     | none     | 2/5       | not_enough_answers
        not applicable leaves    | v100 | v50  | na  | na  | -   | 0.750000 | 2/2       |
        nothing applies          | na   | na   | -   | -   | -   | none     | 0/0       | nothing_to_score
        """,
    ),
    Spec(
        "Below the minimum the number may stand, marked",
        "An instrument may ask for this when its documentation scores every interview.",
        """
        component | how  | of | dimension | missing
        q1        | item | q1 | social    | value:0.5
        q2        | item | q2 | social    | value:0.5
        q3        | item | q3 | social    | value:0.5
        """,
        """
        case              | q1   | q2  | q3  | =social  | =answered | =enough
        one answer        | v100 | dk  | ref | 0.666667 | 1/3       | no
        no answer         | dk   | dk  |     | 0.500000 | 0/3       | no
        not applicable    | v100 | na  | v0  | 0.500000 | 2/2       | yes
        not asked         | v100 | -   | v0  | 0.500000 | 2/2       | yes
        """,
        about={"below_minimum": "mark"},
    ),
    Spec(
        "Missing rule `value`",
        "Each missing answer counts as the stated value, also one that does not apply. "
        "What was not asked adds nothing.",
        """
        component | how  | of       | dimension | missing
        q1        | item | q1       | social    |
        pair      | mean | q2 q3    | social    | value:0.25
        """,
        """
        case               | q1   | q2   | q3 | =social  | =answered
        both given         | v100 | v100 | v0 | 0.750000 | 2/2
        one missing        | v100 | v100 | dk | 0.812500 | 2/2
        one not asked      | v100 | v100 | -  | 1.000000 | 2/2
        not applicable     | v100 | v100 | na | 0.812500 | 2/2
        both not asked     | v100 | -    | -  | 1.000000 | 1/1
        """,
    ),
    Spec(
        "Missing rule `none`",
        "Without the answer there is no score in which the component weighs; other dimensions keep theirs.",
        """
        component | how  | of  | dimension | missing
        q1        | item | q1  | social    | none
        q2        | item | q2  | social    |
        q3        | item | q3  | social    |
        q4        | item | q4  | economic  |
        """,
        """
        case           | q1   | q2   | q3   | q4   | =social  | =economic | =why
        given          | v100 | v100 | v25  | v50  | 0.750000 | 0.500000  |
        missing        | dk   | v100 | v100 | v50  | none     | 0.500000  | needed_answer_missing
        not applicable | na   | v100 | v50  | v50  | 0.750000 | 0.500000  |
        not asked      | -    | v100 | v50  | v50  | 0.750000 | 0.500000  |
        """,
    ),
    Spec(
        "max and mean pass over missing answers",
        "They are missing only when everything they read is.",
        """
        component | how  | of    | dimension
        best      | max  | q1 q2 | social
        mean      | mean | q3 q4 | economic
        """,
        """
        case         | q1  | q2  | q3   | q4 | =social  | =economic | =answered
        both         | v25 | v75 | v100 | v0 | 0.750000 | 0.500000  | 2/2
        one          | v25 | dk  | v100 | -  | 0.250000 | 1.000000  | 2/2
        none of them | ref | dk  | na   | -  | none     | none      | 0/1
        """,
    ),
    Spec(
        "worst_of: the worst stands, whatever else is missing",
        "With rule `none`, any other result needs every answer.",
        """
        component | how      | of       | dimension | missing
        worst     | worst_of | q1 q2 q3 | social    | none
        """,
        """
        case                      | q1   | q2   | q3   | =social  | =why
        all given                 | v100 | v75  | v50  | 0.500000 |
        worst beside missing      | v0   | dk   |      | 0.000000 |
        good beside missing       | v100 | dk   | v100 | none     | needed_answer_missing
        good beside not asked     | v100 | -    | v75  | 0.750000 |
        """,
    ),
    Spec(
        "Several choices: best of the ticked, or their number",
        "`any` takes the best ticked option. `count` counts the ticked options, except the exclusive one, "
        "and bands the number.",
        """
        component | how   | of | bands              | dimension
        any       | any   | m  |                    | social
        count     | count | m  | 0:1 1:0.5 2+:0     | economic
        """,
        """
        case                | m      | =social  | =economic | =warning
        one                 | b      | 0.500000 | 0.500000  |
        two                 | a b    | 1.000000 | 0.000000  |
        none of these       | none   | 0.000000 | 1.000000  |
        don't know          | dk     | none     | none      |
        contradiction       | none a | none     | none      | scoring.exclusive_with_others
        unknown option      | a z    | none     | none      | scoring.unknown_option
        """,
    ),
    Spec(
        "Numbers pass through bands",
        "Both ends of a band belong to it. A number outside every band is kept as it was given, reported, "
        "and not scored.",
        """
        component | how   | of | bands              | dimension
        n         | bands | n  | 0:0 1-2:0.5 3-20:1 | economic
        """,
        """
        case        | n   | =economic | =warning
        zero        | 0   | 0.000000  |
        lower end   | 1   | 0.500000  |
        upper end   | 2   | 0.500000  |
        top         | 20  | 1.000000  |
        impossible  | 300 | none      | scoring.outside_bands
        between     | 2.5 | none      | scoring.outside_bands
        """,
    ),
    Spec(
        "Age at interview picks the row",
        "Rows of one name are alternatives. Without an age, what depends on it counts as not answered.",
        """
        component | how  | of | dimension | ages
        part      | item | q1 | social    | 6-11
        part      | item | q2 | social    | 12-
        rest      | item | q3 | social    |
        """,
        """
        case    | age | q1   | q2   | q3  | =social  | =answered | =warning
        young   | 11  | v100 | v0   | v50 | 0.750000 | 2/2       |
        older   | 12  | v100 | v0   | v50 | 0.250000 | 2/2       |
        younger | 5   | v100 | v0   | v50 | 0.500000 | 1/1       |
        unknown |     | v100 | v0   | v50 | none     | 1/2       | scoring.age_unknown
        """,
    ),
    Spec(
        "A condition on another answer picks the row",
        "The first row whose condition holds is used; a row without condition is for all others.",
        """
        component | how      | of    | when      | dimension
        walking   | worst_of | q1 q2 | aid = yes | social
        walking   | item     | q3    |           | social
        """,
        """
        case          | q1   | q2  | q3   | aid | =social
        with an aid   | v100 | v25 | v100 | yes | 0.250000
        without       | v100 | v25 | v100 | no  | 1.000000
        not known     | v100 | v25 | v75  | dk  | 0.750000
        """,
    ),
    Spec(
        "A construct reads components and stays out of the answered share",
        "Its questions are counted where they stand. Weights of 0 still count as asked and answered.",
        """
        component | how  | of    | dimension | weight::mine | weight::whole
        q1        | item | q1    | social    | 0.5          | 0.25
        q2        | item | q2    | social    | 0            | 0
        both      | mean | q1 q2 | social    | 0.5          | 0.25
        q3        | item | q3    | economic  | 1            | 0.5
        """,
        """
        case  | q1   | q2 | q3  | =social  | =economic | =composite | =answered
        full  | v100 | v0 | v50 | 0.750000 | 0.500000  | 0.625000   | 3/3
        part  | v100 | dk | v50 | 1.000000 | 0.500000  | 0.750000   | 2/3
        """,
        about={"dimension_weights": "mine", "composite_weights": "whole", "minimum_share": "50"},
    ),
    Spec(
        "A component over helpers counts once",
        "Helpers have no dimension. What reads them stands for their questions in the answered share.",
        """
        component | how      | of          | bands        | dimension | missing
        seeing    | worst_of | q1 q2       |              |           | none
        meals     | bands    | n           | 0-1:0 2+:1   |           |
        any_need  | worst_of | seeing meals |             | social    | none
        """,
        """
        case                          | q1   | q2   | n | =social  | =answered
        no need                       | v100 | v100 | 2 | 1.000000 | 1/1
        need found beside missing     | dk   | v100 | 0 | 0.000000 | 1/1
        not determined                | dk   | v100 | 3 | none     | 0/1
        """,
    ),
    Spec(
        "Flags are returned apart and leave scores alone",
        "They are raised also where the answer cannot be scored.",
        """
        component | how  | of  | dimension
        aid       | item | aid | social
        m         | any  | m   | economic
        """,
        """
        case            | aid | m      | =social  | =economic | =flags
        two flags       | no  | a b    | 0.000000 | 1.000000  | aid:no:harm:high m:b:hunger:medium
        none            | yes | a      | 1.000000 | 1.000000  |
        contradiction   | yes | none b | 1.000000 | none      | m:b:hunger:medium
        """,
    ),
)
