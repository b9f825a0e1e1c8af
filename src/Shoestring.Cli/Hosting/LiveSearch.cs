using Spectre.Console;

namespace Shoestring.Cli;

/// <summary>A search as it goes on: the candidates that are still in it, the smallest first, and how far it is.</summary>
sealed class LiveSearch : IProgress<SearchProgress>
{
    // A table that is higher than the terminal would not be redrawn in place.
    const int MostRows = 18;

    readonly Dictionary<string, Candidate> alive = [];
    readonly LiveDisplayContext context;
    int givenUp, leftOut;

    LiveSearch(LiveDisplayContext context) => this.context = context;

    /// <summary>Runs <paramref name="work"/> while its table shows.</summary>
    public static T Run<T>(Host host, Func<IProgress<SearchProgress>, T> work) =>
        Terminal.ForErrors(host).Live(new Text("searching")).AutoClear(true).Start(context => work(new LiveSearch(context)));

    public void Report(SearchProgress value)
    {
        switch (value.State)
        {
            case CandidateState.GivenUp:
                givenUp += alive.Remove(value.Current) ? 1 : 0;
                break;
            case CandidateState.LeftOut:
                leftOut++;
                break;
            default:
                Keep(value);
                break;
        }

        context.UpdateTarget(Picture(value));
    }

    void Keep(SearchProgress value)
    {
        if (value.Row is { } row)
        {
            alive[value.Current] = row;
        }
    }

    Table Picture(SearchProgress value)
    {
        var table = new Table { Border = TableBorder.None, Title = new TableTitle(Spectre.Console.Markup.Escape(Line(value))) };
        table.AddColumn("Candidate").AddColumn(new TableColumn("Stored").RightAligned()).AddColumn(new TableColumn("Scored").RightAligned()).AddColumn(new TableColumn("Quality").RightAligned());
        foreach (Candidate one in alive.Values.OrderBy(one => one.StoredBytes).Take(MostRows))
        {
            table.AddRow(new Text(one.Label), new Text(FigureText.Bytes(one.StoredBytes ?? 0)), new Text($"{one.Stopped?.Tokens ?? 0:N0}"), new Text(Quality(one.Quality)));
        }

        table.Caption = new TableTitle(string.Create(CultureInfo.InvariantCulture, $"{alive.Count} in the search{(alive.Count > MostRows ? $" ({MostRows} shown)" : "")}, {givenUp} given up, {leftOut} left out"));
        return table;
    }

    static string Line(SearchProgress value) => string.Create(CultureInfo.InvariantCulture,
        $"{value.Done} of {value.Total} pieces, {value.Elapsed:hh\\:mm\\:ss}{(value.Remaining is { } left ? $", {left:hh\\:mm\\:ss} left" : "")}: {value.Current}");

    static string Quality(Figure figure) => figure is { Value: { } value, Low: { } low, High: { } high }
        ? string.Create(CultureInfo.InvariantCulture, $"{value:0.00} % [{low:0.00}, {high:0.00}]") : "–";
}
