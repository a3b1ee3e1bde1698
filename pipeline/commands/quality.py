"""corpus quality: a classifier of good documents."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.console import out_console

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="A classifier of good documents.")


@app.command("train")
def quality_train(
    positive: Annotated[str, typer.Argument(help="Good documents: any source that is built.", show_default=False)],
    negative: Annotated[str, typer.Argument(help="Others, of the same languages and kinds.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Where the model and its card are written.")] = Path("quality-model"),
    documents: Annotated[int, typer.Option(min=1, help="Most documents of each that are learnt from.")] = 10_000,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE, for example read.fields.text=body.", show_default=False),
    ] = None,
) -> None:
    """Train a classifier that tells good documents from others, and measure it on documents that it has not seen.

    \b
    corpus quality train textbooks.jsonl.zst 'crawl/*.parquet' --out quality-model
    corpus build crawl/ --set quality.model=quality-model/model.bin --set quality.keep_share=0.1
    """
    from pipeline.absent import without_pandas, without_scipy
    from pipeline.quality import train

    without_pandas()
    without_scipy()
    card = train(positive, negative, out, documents, set_ or ())
    for label, count in card["learnt"].items():
        out_console.print(f"{label:<10} {count:>12,}  learnt from, {card['held_out'][label]:,} held out")
    out_console.print(f"AUC        {card['auc']:>12.4f}  on what was held out")
    out_console.print(f"{out}/model.bin: corpus build ... --set quality.model={out}/model.bin", markup=False)
