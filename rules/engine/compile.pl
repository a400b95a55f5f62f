:- module(compile, [compile_all/0]).

/** <module> Builds a cache folder: one saved state of the engine, the rules, and facts from the rows of views

Run by the swipl command in the folder to build. Any error or warning ends it with status 1.
A state (compiled like a .qlf, libraries included) loads in half the time of a .qlf a file.
*/

:- use_module(library(http/json)).
:- use_module(library(readutil)).
:- use_module(main).

%!  compile_all is det.
compile_all :-
    source_file(compile:compile_all, Here), file_directory_name(Here, Dir),
    directory_file_path(Dir, 'views.json', Json), read_file_to_string(Json, Text, [encoding(utf8)]),
    directory_file_path(Dir, rules, RuleDir), directory_file_path(RuleDir, '*.pl', Pattern), expand_file_name(Pattern, Rules),
    forall(member(F, Rules), catch(user:load_files(F, [silent(true)]), E, print_message(error, E))),
    language:unconcluded,
    complain,
    door:build(Text),
    complain,
    directory_file_path(Dir, 'state.prc', State),
    qsave_program(State, [foreign(no_save), autoload(false), goal(true), toplevel(halt), init_file(none)]),
    directory_file_path(Dir, 'swipl.json', Where),
    findall(N-V, ( member(N-F, ['LIBSWIPL_PATH'-libswipl, 'SWI_HOME_DIR'-home]), current_prolog_flag(F, V) ), Ps), dict_pairs(D, _, Ps),
    setup_call_cleanup(open(Where, write, Out, [encoding(utf8)]), json_write_dict(Out, D), close(Out)),
    halt(0).

complain :-
    findall(K-F-L-T, main:complaint(K, F, L, T), Cs),
    ( Cs == [] -> true ; forall(member(_-F-L-T, Cs), format(user_error, "~w:~w: ~w~n", [F,L,T])), halt(1) ).
