:- module(derived, []).

/** <module> Inputs that follow from other inputs
*/

gain ::
    derived(gain_pct, G) if known(accuracy_pct, A), known(baseline_accuracy_pct, B), G is A - B
    says      "{A} % is {G} points over the baseline of {B} %"
    otherwise "the gain over the baseline is not known".

%   Which languages a model speaks, its publisher says.
language_spoken ::
    derived(language_covered, true) if known(language, L), known(model, M), fact(M, speaks, L)
    says      "{M} speaks {L}"
    otherwise "nobody says that the model speaks the language".

%   Whoever reads a teacher's weights, or names it, has one.
teacher_read ::
    derived(teacher, true) if known(teacher_weights, true)
    says      "the teacher's weights can be read, so there is a teacher"
    otherwise "nothing says that there is a teacher".

teacher_named ::
    derived(teacher, true) if known(teacher_model, M)
    says      "{M} is the teacher"
    otherwise "no teacher was named".
