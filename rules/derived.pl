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
