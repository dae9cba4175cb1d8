"""What a list can be narrowed by: the values of its attributes, with their counts."""

from catalog.facets.facets import Facet, Facets, FacetValue
from catalog.facets.reading import count_of

__all__ = ["Facet", "FacetValue", "Facets", "count_of"]
