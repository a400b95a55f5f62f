:- module(main, []).

/** <module> Loads the engine, then every rule file beside it
*/

:- multifile user:message_hook/3.
:- dynamic complaint/4.

%   Errors and warnings while loading are kept, with file and line, for the caller.
user:message_hook(singletons(_,_), _, _) :- prolog_load_context(source, _), !.   % the language checks rules itself: a sentence may be a variable's second place
user:message_hook(Term, Kind, Lines) :-
    memberchk(Kind, [error, warning]), prolog_load_context(source, _),
    ( Term = error(_, file(F, L, _, _)) -> true ; Term = error(_, stream(_, L, _, _)), prolog_load_context(source, F) -> true ; source_location(F, L) -> true ; F = '', L = 0 ),
    with_output_to(string(T), print_message_lines(current_output, '', Lines)),
    assertz(main:complaint(Kind, F, L, T)).

:- use_module(language).
:- use_module(kb).
:- use_module(value).
:- use_module(claims).
:- use_module(leaves).
:- use_module(explain).
:- use_module(rank).
:- use_module(whatif).
:- use_module(howfar).
:- use_module(say).
:- use_module(door).
:- use_module(ask_known).
:- use_module(ask_count).
:- use_module(ask_diagram).
:- use_module(ask_recipe).
:- use_module(ask_memory).
:- use_module(ask_grid).
:- use_module(ask_format).
:- use_module(ask_tree).
:- use_module(ask_conformance).
:- use_module(ask_export).
:- use_module(ask_diff).
:- use_module(ask_addition).
