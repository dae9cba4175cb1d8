"""Every picture of the shop, by the name of its file."""

from shop.demo.drawing import plan_home, plan_leisure, plan_tech, plan_wear


def pictures() -> dict[str, str]:
    """SVG by name: the SKU in small letters and the picture's place, `phn-1001-1`."""
    plans = (plan_tech, plan_home, plan_wear, plan_leisure)
    return {
        f"{sku}-{place}": svg
        for plan in plans
        for sku, svgs in plan.shots().items()
        for place, svg in enumerate(svgs, start=1)
    }
