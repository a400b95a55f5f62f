:- module(goal, []).

/** <module> Does it lead where the person wants to go?
*/

serves ::
    serves(T) if input(goal, G), fact(T, serves, G)
    says      "{T} serves the goal: {G}"
    otherwise "{T} does not serve the goal: {G}".

no_training ::
    allowed(T) if fact(T, trainsOn, noGpu)
    says      "{T} trains nothing"
    otherwise "{T} trains weights".

training ::
    allowed(T) if fact(T, trainsOn, W), W \== noGpu, not(input(training_possible, false))
    says      "weights may be trained"
    otherwise "weights may not be trained here, and {T} trains them".

%   A thing that has ended, or not begun, cannot be advised.
available ::
    available(T) if not(ended(T, _)), not(yet_to_come(T, _))
    says      "{T} can be had today"
    otherwise "{T} cannot be had".

ended ::
    ended(T, Until) if fact(T, validUntil, Until), today(Day), before(Until, Day)
    says      "{T} ended on {Until}"
    otherwise "{T} has not ended".

yet_to_come ::
    yet_to_come(T, From) if fact(T, validFrom, From), today(Day), before(Day, From)
    says      "{T} begins on {From}"
    otherwise "{T} has begun".

%   A person who fixes the precision of the base has narrowed the field.
any_base ::
    of_wanted_kind(_) if unset(base_bits)
    says      "the precision of the base is open"
    otherwise "the precision of the base is fixed".

base_precision ::
    of_wanted_kind(T) if known(base_bits, Bits), fact(T, baseWeights, W), claim(W, base_bits, Has), Has == Bits
    says      "{T} keeps its base in {Bits} bits, as wanted"
    otherwise "{T} keeps its base in {Has} bits, {Bits} are wanted".

no_base ::
    of_wanted_kind(T) if known(base_bits, _), not(has_base(T))
    says      "{T} stores no base of its own"
    otherwise "{T} stores a base".

has_base ::
    has_base(T) if fact(T, baseWeights, _)
    says      "{T} stores a base"
    otherwise "{T} stores no base".
