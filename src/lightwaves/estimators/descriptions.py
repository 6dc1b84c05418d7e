"""What docstrings of the estimators have in common; see `lightwaves.docstrings.shares`."""

SHARED = {
    "bank": """
        bank : bank, list of banks, or list of such lists, optional
            The candidates, such as ``MiniRocket()``. The banks of one list compete. If you give several lists,
            detachment takes one of them: the first, unless a ridge on another errs clearly less on cases left out. The
            page on how it works has the rule. The default is `lightwaves.banks.default_banks` with detachment, and
            ``WaveletScattering()``, the bank of the paper, with mRMR.
        """,
    "n_features": """
        n_features : int or "auto", default=500
            How many features to keep. "auto" works with detachment. It keeps the smallest number, from 100 to 1,000,
            that errs no more than the best, within one standard error of the difference, on cases that the search has
            not seen; see ``honest_score_`` of `LightWaveSClassifier`. Of fewer than 10,000 candidates, it may keep a
            hundredth, but no fewer than 10. It takes several times as long.
        """,
    "selection": """
        selection : {"detach", "mrmr"}, default="detach"
            How features are chosen. "detach" drops the smallest coefficients of a ridge, again and again. "mrmr", the
            paper's way, takes relevant features that are not redundant.
        """,
    "scale": """
        scale : bool, default=True
            Standardise each channel by its mean and standard deviation over training cases and time.
        """,
    "missing": """
        missing : {"error", "interpolate", "zero"}, default="error"
            What becomes of NaN, in `fit` and in prediction. "error" refuses it. "interpolate" draws a straight line
            between the neighbours in time, and goes on with the nearest value at the ends of a case; a channel without
            any value in a case becomes what "zero" makes of it. "zero" puts 0 after standardising: the channel's mean
            over the training cases and times that have a value, or, with ``scale=False``, the number 0. But if
            that mean is more than 1,000 deviations away from 0, it is the mean there, too. Each case is filled by
            itself. Infinity is always refused. Prediction looks only at the channels that the model reads.
        """,
    "search_cases": """
        search_cases : int, optional
            About so many training cases take part in the search: each class by its share, but at least one case of it.
            By default as many as help: of more than 1,500 cases, all candidates are looked at on 1,500, and with
            detachment the last choice, among a few thousand features, is made on up to 20,000. A head is fitted on all
            cases.
        """,
    "screen_channels": """
        screen_channels : bool, default=True
            With detachment, leave out channels before candidates are drawn, where there are more than nine: those that
            tell the classes apart no better than shuffled classes. These stay unless there is evidence against them:
            unless a ridge on candidates of the other channels errs clearly less on cases left out than one on
            candidates of all. See the page on how it works, and the attributes ``screening_`` and
            ``screening_errors_``. Constant channels are always left out, unless all are constant.
        """,
    "search_candidates": """
        search_candidates : int, optional
            Draw so many candidates at random and choose among those. Each bank gives an equal number, or all where it
            has fewer, evenly over its own order; for banks of single channels that is evenly over the channels. By
            default, mRMR looks at all candidates. Detachment holds its candidates in memory, and looks at 10,000, or at
            four times n_features if that is more.
        """,
    "group_size": """
        group_size : int, optional
            Channels form groups of so many neighbours, and a candidate reads channels of one group only. Use it where
            each of several machines holds some of the channels; see the page on many machines. By default there is one
            group.
        """,
    "frugality": """
        frugality : float from 0 to 10, default=0
            Above 0, cheap features are preferred: scores are divided by cost to this power before they are compared.
            Cost is the number of multiply-adds of the feature's convolution. In detachment, features that are read off
            one convolution share its cost. Near 0 this decides between equals. At 1, half the cost makes up for half
            the score.
        """,
    "channel_names": """
        channel_names : sequence of str, optional
            Names of the channels, for feature names, plots and reports.
        """,
    "n_jobs": """
        n_jobs : int, optional
            Threads, in joblib's convention. No result depends on it.
        """,
    "random_state": """
        random_state : int, RandomState or None, default=None
            Draws the cases of the search, where there are more than `search_cases`; the candidates; what screening
            draws; and what banks draw that have no random_state of their own. None draws anew for each fit, and leaves
            NumPy's global state alone. A RandomState goes on from fit to fit.
        """,
    "verbose": """
        verbose : int or bool, default=0
            1 or True tells what the search does and how far it is: by bars in a notebook or a terminal, which need
            tqdm (the extra ``progress``), else by lines. Of several ranks the first tells of its own share.
        """,
    "feature_scores_": """
        feature_scores_ : float64 (n_features_kept,)
            With mRMR, the F statistic of each feature; infinite for one that separates the classes perfectly. With
            detachment, its mean absolute coefficient in the last ridge, where each class counts in units of the
            deviation of its targets.
        """,
    "selection_path_": """
        selection_path_ : structured array (n_rounds,)
            With detachment: the fields n_features, how many features were left, and score, the leave-one-out accuracy
            of the ridge on them. The score is too high, because the features were chosen on the same cases.
            honest_score is the accuracy of a head on cases that the choice has not seen (with ``classifier="auto"`` of
            the ridge, also where the kernel head is taken), and standard_error is its standard error; NaN where they
            were not looked at. They are, with ``n_features="auto"``, from 1,000 features
            on down; else at the last number, if a model that predicts is judged by the cases of the search: with fewer
            than 2,000 cases, with a head of your own, with ``classifier="auto"``, and with the default regressor. With
            a last choice (2,250 cases or more, and ``search_cases=None``), this is the path of the first rounds: its
            last rows are of features that 1,500 cases chose, not of those that the model has.
            `lightwaves.inspection.plot_selection_path` draws it.
        """,
    "candidate_channels_": """
        candidate_channels_ : int (n_screened,)
            With detachment: the channels that candidates were drawn for, ascending.
        """,
    "screening_": """
        screening_ : structured array (n_channels,)
            With detachment: on what evidence channels were left out, a row for each channel. The fields are score, the
            F statistic that nine tenths of the channel's features stay below; by_chance, the score that one channel in
            twenty reaches with shuffled classes; kept; and reason, in words. Scores are NaN where nobody looked: where
            there are no more than nine channels that vary, or fewer than ten cases, or a class has only one, or with
            ``screen_channels=False``.
        """,
    "screening_errors_": """
        screening_errors_ : structured array ()
            With detachment: the mean squared leave-one-out error of a ridge on candidates of the channels that do
            better than chance (promising), that of one on candidates of all (all), and the standard_error of their
            difference; each class in units of the variance of its targets. Channels are left out where the first is
            smaller by more than three standard errors. NaN where nothing was compared.
        """,
    "bank_errors_": """
        bank_errors_ : float64 (n_alternatives,)
            With detachment: the mean squared leave-one-out error of a ridge on 2,500 candidates of each list of banks,
            on at most 800 cases, each class in units of the variance of its targets. The first list was taken, unless
            another's error is smaller by more than two standard errors. Of a single list: the error on all candidates,
            in units of the targets, -1 and 1, or of the variance of y.
        """,
    "channels_": """
        channels_ : int (n_channels_used,)
            The channels that are read, ascending.
        """,
    "n_channels_in_": """
        n_channels_in_ : int
            The number of channels seen in `fit`.
        """,
    "channel_names_": """
        channel_names_ : tuple of str, or None
            The names of the channels, by `channel_names` or by X; None where neither names them.
        """,
    "training_": """
        training_ : Training
            What `fit` was given, in a few numbers: ``n_cases``, how many cases counted; ``shortest`` and ``longest``,
            the time points of the shortest and of the longest one; ``class_counts``, the cases of each class; and
            ``version``, that of lightwaves.
        """,
    "n_features_in_": """
        n_features_in_ : int
            The same, or the number of time points where `fit` got a 2D array.
        """,
}

OF_FIT = {
    "X": """
        X : array, list, mapping or frame
            (n_cases, n_channels, n_timepoints), or (n_cases, n_timepoints) for one channel, of any real dtype; a
            list of arrays (n_channels, n_timepoints_i) for unequal lengths; or a mapping from channel names to
            arrays (n_cases, n_timepoints). Tensors of torch, arrays of JAX and the frames of pandas, polars and sktime
            are read too: the page on data has a list of all. scikit-learn's own tools, such as ``cross_val_score``,
            cannot cut a mapping into cases: give them ``np.stack(list(X.values()), axis=1)``, and
            ``channel_names=list(X)``.
        """,
    "y": """
        y : array (n_cases,)
            The classes, at least two. Of a regressor: numbers, not all equal.
        """,
    "sample_weight": """
        sample_weight : array (n_cases,) or number, optional
            How often each case counts, in search and head: one of weight 2 as two equal cases, one of weight 0 as if
            it were not there; but its values and its label are checked as those of others are. What is drawn at
            random is drawn from the cases, whatever their weights; and a case is left out whole where errors are
            judged by leaving cases out. Weights with a mean of about 1 suit the search best.
        """,
    "groups": """
        groups : array (n_cases,), optional
            To which group each case belongs: an engine, a patient, a subject. Where cases are left out, to judge
            honestly, those of one group are left out together. Give it wherever cases of one group resemble each other
            and new data come from new groups; else what is judged looks too good.
        """,
    "comm": """
        comm : communicator, optional
            Such as ``mpi4py.MPI.COMM_WORLD``: its ranks share the search and end with the same model, which is also
            that of one process. All are given the same arguments, but for X and what goes with it under `channels`
            and `cases`.
        """,
    "channels": """
        channels : int array (n_mine,), optional
            Which channels X holds, ascending, where each rank is given some of them only: whole groups of
            ``group_size``; see `lightwaves.channels_of_rank`. The series stay where they are. X may then be an array
            of no channels.
        """,
    "cases": """
        cases : {"mine"}, optional
            "mine" where each rank is given cases of its own, such as a shard of a file: X, y, sample_weight and groups
            are of these cases only. The model is that of one process that has all cases, in the order of the ranks.
            A rank may lack classes, and X may be an array of no cases. Up to 67 million values in all, every rank
            comes to hold all series. Of more, they stay where they are, but for the cases of the first rounds of the
            search; see the page on many machines.
        """,
    "checkpoint": """
        checkpoint : str or path, optional
            A folder for what the search has finished. A fit that was interrupted goes on from there, with any number
            of ranks, or with the same large shards of ``cases="mine"``. A folder of another search is refused, and one
            in which another fit is at work. It is not deleted at the end.
        """,
    "raised": """
        TypeError, ValueError
            If a parameter, X or y is not as described; the message says what was seen. If ranks were given
            different things, on all of them.
        RuntimeError
            If another rank failed; the message names it, and its error. If another fit is at work in the folder of the
            checkpoint; the message names its process.
        """,
    "warned": """
        UserWarning
            Each says what was seen and what to do.

            - Of values: one value carries most of a channel's variance; a channel has no value at all, or none in any
              case of one class; changes are too small beside the level of a channel; cases are 0 throughout; the axes
              of X look swapped.
            - Of cases: many are equal to others; a class has fewer than three cases, or is in one group only; there are
              fewer than three cases for each class in the mean, or fewer than five with numbers, so that nobody can
              judge the model; one number of y carries most of its variance; a head cannot be fitted where some cases
              are left out.
            - Of labels: there are so many classes that they may be numbers to predict; a class is called as a missing
              label is, such as "nan"; two classes read alike; X is a table that holds them as a column.
            - Of frames: a column varies in no case, or only ascends or only descends, as times do; rows look like
              readings, where a row is a case.
            - Of what is given beside X: the index of y, of weights or of groups has the numbers of that of X in another
              order; weights have a mean far from 1.
            - Of the search: the bank has fewer candidates than n_features, and all are kept; a file of the checkpoint
              is damaged, and its piece is computed again.
        """,
}
OF_CASES = {
    "X": """
        X : as in `fit`, with the same channels
            The lengths may differ from each other. They should be those of training; see Warns.
        """,
    "raised": """
        TypeError, ValueError
            If X is not as described: it has other channels, or values that are not finite where the model does not fill
            them. The message says what was seen.
        sklearn.exceptions.NotFittedError
            If the model is not fitted.
        """,
    "warned": """
        UserWarning
            If the features of a case lie so far outside training that its label or number says little; with a head of
            your own there is no such warning. If series are shorter or longer than those of training, by more than
            these differ from each other.
        """,
}
OF_ONE_CASE = {
    "x": """
        x : array (n_channels, n_timepoints) of any real dtype
            Fastest as float32 in C order.
        """,
    "check": """
        check : bool, default=True
            Whether to look for values that are not finite in the channels that are read, for features far outside
            training, and for another length. Shape and dtype are checked in any case.
        """,
    "raised": """
        TypeError
            If x is not an array of real numbers.
        ValueError
            If it has other dimensions, another number of channels, no time points, or a value that is not finite and
            that the model does not fill.
        sklearn.exceptions.NotFittedError
            If the model is not fitted.
        """,
    "warned": """
            If the features of the case lie so far outside training that its label or number says little, or its
            length lies outside training, unless check is False. With a head of your own, there is no warning of
            features.
        """,
}
