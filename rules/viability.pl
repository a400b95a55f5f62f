:- module(viability, []).

/** <module> Is an approach open to this person at all?

Every concern has its own file; an approach is viable when none of them
objects. Cheap questions come first, memory and time last.
*/

viable ::
    viable(T) if isa(T, 'Approach'), serves(T), allowed(T), available(T), of_wanted_kind(T),
                 requirements_met(T), weights_open(T), long_enough(T), licensed(T), deployable(T), fits(T), in_time(T), affordable(T)
    says      "{T} is viable"
    otherwise "{T} is not viable".

requirements_met ::
    requirements_met(T) if each(Q, required(T, Q), requirement_met(T, Q))
    says      "what sources require for {T} is there"
    otherwise "not everything that sources require for {T} is there".

requirement_met ::
    requirement_met(T, Q) if meets(T, Q)
    says      "{Q} is enough for {T}"
    otherwise "{Q} is not enough for {T}".
